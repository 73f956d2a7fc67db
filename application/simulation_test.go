package application_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/portico/application"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// TestPromises simulates the box office with random actions. Customers, staff, jobs, the
// relay and the broker act in any order, even in the middle of each other's use cases.
// Events arrive late, twice and out of order. The gateway, the broker, the object store
// and the mailbox fail, some of them after they acted. Processes crash anywhere outside a
// transaction. The clock jumps. Some promises are checked after each action, and all of
// them when no work is left.
//
// When the test fails, rapid prints the shortest failing sequence that it found, and a
// seed that reproduces it.
func TestPromises(t *testing.T) {
	rounds(t, simulationRounds(), func(t *testing.T) {
		folder := t.TempDir()
		rapid.Check(t, func(rt *rapid.T) {
			s := newSimulation(rt, folder)
			actions := map[string]func(*rapid.T){
				"":     func(*rapid.T) { s.checkAlways() },
				"next": func(*rapid.T) { s.act() },
			}
			for range 3 { // a single sequence is too short for several faults
				rt.Repeat(actions)
			}
			s.drain()
			s.checkAlways()
			s.checkAtRest()
		})
	})
}

// simulationRounds returns the number of rounds, which is smaller in short mode. Rapid
// runs a hundred simulations in each round, and fewer in short mode.
func simulationRounds() int {
	if testing.Short() {
		return 1
	}
	return 2
}

// simulation is a box office in which actions and faults can happen between any two steps
// of a use case.
type simulation struct {
	*harness
	t *rapid.T

	shows    []show.ID
	requests []inbound.HoldSeats
	answers  map[ports.IdempotencyKey]booking.ID // the booking of each answered request
	inFlight []platform.Event
	relayed  map[ports.EventID]platform.Event
	admitted map[ticket.Code]int

	// faultsOff stops faults and interleaved actions.
	faultsOff bool
	// rates are drawn at random from faultProfiles.
	rates faultRates
	// depth is the number of nested actions in progress.
	depth int
}

// faultRates are probabilities: n means a chance of 1 in n, and 0 means never.
type faultRates struct{ interleaved, crash, failure, transport, slow int }

var faultProfiles = []faultRates{
	{interleaved: 8, slow: 3},
	{interleaved: 8, slow: 3, crash: 20, failure: 8, transport: 8},
	{interleaved: 4, slow: 8, crash: 100, failure: 20, transport: 3},
	{},
}

// processCrash is the panic value that simulates the crash of a process.
type processCrash struct{}

func newSimulation(t *rapid.T, folder string) *simulation {
	folder, err := os.MkdirTemp(folder, "")
	must(t, err)
	s := &simulation{
		harness: openHarness(t, folder, t.Cleanup), t: t,
		answers: map[ports.IdempotencyKey]booking.ID{}, relayed: map[ports.EventID]platform.Event{},
		admitted: map[ticket.Code]int{},
	}
	s.rates = rapid.SampledFrom(faultProfiles).Draw(t, "fault rates")
	// With the default duration, a hold has ended when the job settles its payment. A
	// longer hold leaves time for another attempt.
	holds := rapid.SampledFrom([]time.Duration{holdFor, time.Hour}).Draw(t, "hold for")
	s.UseCases = s.withHold(holds, func(p *application.Ports) {
		p.Shows = interleavedShows{s.Shows, s.interleave}
		p.ShowsOnSale = p.Shows
		p.Bookings = simulatedBookings{interleavedBookings{s.Bookings, s.interleave}}
		p.UnitOfWork = interleavedWork{s.db, s.interleave}
		p.Gateway = faultyGateway{s.gateway, s}
		p.Objects = failingObjects{s.objects, s.fails}
		p.Notifier = faultyMailbox{s.mailbox, s}
	})
	s.harness.relay.Publisher = s
	s.putOnSale()
	return s
}

// actions returns all actions with their relative frequencies.
func (s *simulation) actions() []action {
	return []action{
		{"hold seats", 5, s.hold},
		{"pay", 6, s.pay},
		{"relay", 4, s.relay},
		{"deliver", 12, s.deliverOne},
		{"a moment passes", 2, s.passMoment},
		{"time passes", 3, s.passTime},
		{"settle payments", 1, s.settlePayments},
		{"expire holds", 1, s.expireHolds},
		{"repeat a request", 1, s.repeat},
		{"cancel", 1, s.cancel},
		{"admit", 2, s.admit},
		{"confirm a payment", 1, s.confirmPayment},
		{"give up a payment", 1, s.giveUpPayment},
		{"cancel bookings of shows", 1, s.cancelShowBookings},
		{"put a show on sale", 1, s.putOnSale},
		{"cancel a show", 1, s.cancelShow},
	}
}

type action struct {
	name   string
	weight int
	do     func()
}

// act performs one random action. A simulated process crash ends only this action.
func (s *simulation) act() {
	var all []action
	for _, a := range s.actions() {
		all = append(all, slices.Repeat([]action{a}, a.weight)...)
	}
	next := all[rapid.IntRange(0, len(all)-1).Draw(s.t, "next")]
	s.t.Log(strings.Repeat("    ", s.depth), next.name)
	s.depth++
	defer func() {
		s.depth--
		if ended := recover(); ended != nil && ended != any(processCrash{}) {
			panic(ended)
		}
	}()
	// The gateway handles delayed requests before the next action.
	s.transport.deliverDelayed()
	next.do()
}

// chance returns true with a probability of 1 in n, unless faults are off.
func (s *simulation) chance(n int, what string) bool {
	return !s.faultsOff && n > 0 && rapid.IntRange(1, n).Draw(s.t, what) == n
}

// interleave is called between two steps of a use case. It may perform other actions and
// simulate a crash.
func (s *simulation) interleave() {
	if s.depth < 3 && s.chance(s.rates.interleaved, "interleave") {
		s.actConcurrently()
	}
	if s.chance(s.rates.crash, "crash") {
		panic(processCrash{})
	}
}

func (s *simulation) actConcurrently() {
	for range rapid.IntRange(1, 3).Draw(s.t, "actions") {
		s.act()
	}
}

// fails decides at random whether a port fails.
func (s *simulation) fails() bool { return s.chance(s.rates.failure, "fails") }

// simulatedBookings calls interleave after each read and each write. If the process
// crashes after a write, the write is stored, but the caller never sees its result.
type simulatedBookings struct{ interleavedBookings }

func (b simulatedBookings) Add(ctx context.Context, added *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.interleavedBookings.Add(ctx, added, key, limits)
}

func (b simulatedBookings) StartPayment(ctx context.Context, id booking.ID, limits booking.Limits, change func(*booking.Booking) error) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.interleavedBookings.StartPayment(ctx, id, limits, change)
}

func (b simulatedBookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.interleavedBookings.Update(ctx, id, change)
}

// interleavedWork runs code before and after each unit of work.
type interleavedWork struct {
	outbound.UnitOfWork
	meanwhile func()
}

func (b interleavedWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	b.meanwhile()
	defer b.meanwhile()
	return b.UnitOfWork.Do(ctx, work)
}

// faultyGateway is a gateway with transport faults and slow charges.
type faultyGateway struct {
	outbound.PaymentGateway
	*simulation
}

func (g faultyGateway) Charge(ctx context.Context, r outbound.ChargeRequest) (outcome outbound.ChargeOutcome, err error) {
	if g.depth < 3 && g.chance(g.rates.slow, "the charge takes long") {
		g.passTime()
		g.actConcurrently()
	}
	g.call(func() { outcome, err = g.PaymentGateway.Charge(ctx, r) })
	return outcome, err
}

func (g faultyGateway) Refund(ctx context.Context, key booking.ChargeKey) (err error) {
	g.call(func() { err = g.PaymentGateway.Refund(ctx, key) })
	return err
}

func (g faultyGateway) Lookup(ctx context.Context, key booking.ChargeKey) (outcome outbound.ChargeOutcome, err error) {
	g.call(func() { outcome, err = g.PaymentGateway.Lookup(ctx, key) })
	return outcome, err
}

func (s *simulation) call(gateway func()) {
	s.interleave()
	if s.chance(s.rates.transport, "transport fails") {
		s.transport.mode.Store(rapid.SampledFrom([]int32{unreachable, responsesLost, requestsDelayed}).Draw(s.t, "transport mode"))
	}
	gateway()
	s.transport.mode.Store(working)
	s.interleave()
}

// faultyMailbox may accept a message and still return an error.
type faultyMailbox struct {
	*mailbox
	*simulation
}

func (m faultyMailbox) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	err := m.mailbox.SendTickets(ctx, b, sh, pdf)
	if m.fails() {
		return errInjected
	}
	m.interleave()
	return err
}

// smallHouse returns a show with so few seats that customers compete for them.
func smallHouse() show.Spec {
	spec := hamlet()
	spec.Rows = []show.Row{{Name: "A", Seats: 3, Tier: "stalls"}, {Name: "B", Seats: 2, Tier: "balcony"}}
	return spec
}

func (s *simulation) putOnSale() {
	if len(s.shows) == 3 {
		return
	}
	spec := smallHouse()
	spec.StartsAt = s.clock.Now().Add(rapid.SampledFrom([]time.Duration{8 * time.Hour, 20 * time.Minute}).Draw(s.t, "starts in"))
	made, err := s.CreateShow.Handle(context.Background(), inbound.CreateShow{Actor: olga, Spec: spec})
	must(s, err)
	_, err = s.OpenShow.Handle(context.Background(), inbound.OpenShow{Actor: olga, Show: made.ID()})
	must(s, err)
	s.shows = append(s.shows, made.ID())
}

func (s *simulation) cancelShow() {
	id := rapid.SampledFrom(s.shows).Draw(s.t, "show")
	if s.chance(4, "another theatre") {
		_, err := s.CancelShow.Handle(context.Background(), inbound.CancelShow{Actor: otto, Show: id})
		s.mayOnly(err, ports.ErrNotFound)
		return
	}
	_, err := s.CancelShow.Handle(context.Background(), inbound.CancelShow{Actor: olga, Show: id})
	mayOnlyBe[*show.NotOnSaleError](s, err)
}

func (s *simulation) hold() {
	who := rapid.SampledFrom([]actor.Actor{ann, bob}).Draw(s.t, "customer")
	request := inbound.HoldSeats{
		Actor: who, Show: rapid.SampledFrom(s.shows).Draw(s.t, "show"), Key: ports.IdempotencyKey(fmt.Sprint("key ", len(s.requests))), Seats: s.someSeats(),
	}
	s.requests = append(s.requests, request)
	s.request(request)
}

func (s *simulation) someSeats() []show.Label {
	seats := rapid.Permutation([]show.Label{"A-1", "A-2", "A-3", "B-1", "B-2"}).Draw(s.t, "seats")
	return seats[:rapid.IntRange(1, 3).Draw(s.t, "how many")]
}

// repeat sends a request again, sometimes with other seats.
func (s *simulation) repeat() {
	if len(s.requests) == 0 {
		return
	}
	request := rapid.SampledFrom(s.requests).Draw(s.t, "request")
	if rapid.Bool().Draw(s.t, "the same seats") {
		s.request(request)
		return
	}
	other := request
	other.Seats = s.someSeats()
	if first, ok := s.answers[request.Key]; ok && !s.booking(s, first).Matches(other.Show, other.Seats) {
		_, err := s.HoldSeats.Handle(context.Background(), other)
		if !errors.Is(err, ports.ErrIdempotencyKeyReused) {
			s.Fatalf("promise 8: a key was reused for another request with error %v, want %v", err, ports.ErrIdempotencyKeyReused)
		}
	}
}

func (s *simulation) request(request inbound.HoldSeats) {
	// A repetition may be answered while this request is being refused.
	earlier, answered := s.answers[request.Key]
	held, err := s.HoldSeats.Handle(context.Background(), request)
	if err != nil {
		if _, taken := errors.AsType[*booking.SeatsTakenError](err); !taken {
			mayOnlyBe[*show.NotOnSaleError](s, err)
		}
		if answered {
			s.Fatalf("promise 8: a repeated request returns %v, want booking %s", err, earlier)
		}
		return
	}
	if first, ok := s.answers[request.Key]; ok && first != held.ID() {
		s.Fatalf("promise 8: one key made the bookings %s and %s", first, held.ID())
	}
	s.answers[request.Key] = held.ID()
}

// anyBooking returns a random booking and an actor. The booking usually has one of the
// given statuses, and the actor is usually its customer. The booking is nil if no booking
// exists.
func (s *simulation) anyBooking(mostly ...booking.Status) (*booking.Booking, actor.Actor) {
	all := s.allBookings()
	likely := slices.DeleteFunc(slices.Clone(all), func(b *booking.Booking) bool { return !slices.Contains(mostly, b.Status()) })
	if len(all) == 0 {
		return nil, anonymous
	}
	if len(likely) > 0 && !s.chance(8, "any booking") {
		all = likely
	}
	b := all[rapid.IntRange(0, len(all)-1).Draw(s.t, "booking")]
	who := ann
	if (b.Customer() == bob.ID()) != s.chance(8, "another customer") {
		who = bob
	}
	return b, who
}

func (s *simulation) pay() {
	b, who := s.anyBooking(booking.StatusHeld)
	if b == nil {
		return
	}
	token := rapid.SampledFrom([]string{"tok_ok", "tok_ok", "tok_declined"}).Draw(s.t, "token")
	_, err := s.RequestPayment.Handle(context.Background(), inbound.RequestPayment{Actor: who, Booking: b.ID(), Token: token})
	if s.isOthers(b, who, err) || errors.Is(err, booking.ErrHoldExpired) {
		return
	}
	mayOnlyBe[*booking.NotPayableError](s, err)
}

func (s *simulation) cancel() {
	b, who := s.anyBooking(booking.StatusHeld, booking.StatusConfirmed)
	if b == nil {
		return
	}
	_, err := s.CancelBooking.Handle(context.Background(), inbound.CancelBooking{Actor: who, Booking: b.ID()})
	if !s.isOthers(b, who, err) {
		mayOnlyBe[*booking.NotCancellableError](s, err)
	}
}

// isOthers reports whether the booking belongs to another customer. If so, it checks that
// err is ErrNotFound.
func (s *simulation) isOthers(b *booking.Booking, who actor.Actor, err error) bool {
	if b.Customer() == who.ID() {
		return false
	}
	if !errors.Is(err, ports.ErrNotFound) {
		s.Fatalf("promise 9: %s requested a booking of %s and got error %v, want %v", who.ID(), b.Customer(), err, ports.ErrNotFound)
	}
	return true
}

func (s *simulation) admit() {
	b, _ := s.anyBooking(booking.StatusConfirmed)
	if b == nil {
		return
	}
	tickets := s.tickets(s, b.ID())
	if len(tickets) == 0 {
		return
	}
	code := rapid.SampledFrom(tickets).Draw(s.t, "ticket").Code()
	if s.chance(8, "another theatre's door") {
		_, err := s.AdmitTicket.Handle(context.Background(), inbound.AdmitTicket{Actor: dirk, Code: code})
		s.mayOnly(err, ports.ErrNotFound)
		return
	}
	_, err := s.AdmitTicket.Handle(context.Background(), inbound.AdmitTicket{Actor: dora, Code: code})
	if err == nil {
		s.admitted[code]++
		return
	}
	if !errors.Is(err, ticket.ErrVoid) {
		mayOnlyBe[*ticket.AlreadyAdmittedError](s, err)
	}
}

// Publish takes all events, or takes some of them and returns an error.
func (s *simulation) Publish(_ context.Context, events []platform.Event) error {
	reached := len(events)
	failed := s.fails()
	if failed {
		reached = rapid.IntRange(0, len(events)).Draw(s.t, "events taken")
	}
	for _, e := range events[:reached] {
		s.inFlight = append(s.inFlight, e)
		s.relayed[e.ID] = e
	}
	s.interleave()
	if failed {
		return errInjected
	}
	return nil
}

func (s *simulation) relay() {
	_, err := s.harness.relay.Batch(context.Background())
	s.mayOnly(err, errInjected)
}

// deliverOne delivers a random event in flight. The event stays in flight after its
// reaction fails or crashes, and sometimes even after a success.
func (s *simulation) deliverOne() {
	if len(s.inFlight) == 0 {
		return
	}
	i := rapid.IntRange(0, len(s.inFlight)-1).Draw(s.t, "event")
	e := s.inFlight[i]
	s.inFlight = slices.Delete(s.inFlight, i, i+1)
	handled := false
	defer func() {
		if !handled {
			s.inFlight = append(s.inFlight, e)
		}
	}()
	err := s.deliver(e)
	s.mayOnly(err, ports.ErrUnavailable, errInjected)
	handled = err == nil && !s.fails()
}

func (s *simulation) expireHolds() {
	_, err := s.ExpireHolds.Handle(context.Background(), inbound.ExpireHolds{})
	must(s, err)
}

func (s *simulation) settlePayments() {
	_, err := s.SettlePayments.Handle(context.Background(), inbound.SettlePayments{})
	s.mayOnly(err, ports.ErrUnavailable)
}

// operators returns the operators' use cases with the ports of the simulation.
func (s *simulation) operators() inbound.OperatorUseCases {
	return application.NewForOperators(application.OperatorPorts{
		Bookings:   simulatedBookings{interleavedBookings{s.Bookings, s.interleave}},
		UnitOfWork: interleavedWork{s.db, s.interleave},
		Gateway:    faultyGateway{s.gateway, s},
		Clock:      s.clock,
	}, payWithin)
}

// confirmPayment acts as an operator who has seen the charge at the gateway. It makes the
// payment overdue before the job can settle it.
func (s *simulation) confirmPayment() {
	b, _ := s.anyBooking(booking.StatusPaying)
	if b == nil || s.charges(s)[b.ChargeKey()].Status != "charged" {
		return
	}
	s.clock.Advance(payWithin)
	_, err := s.operators().ConfirmPayment.Handle(context.Background(), inbound.ConfirmPayment{Booking: b.ID(), By: olgaAtTheDesk})
	s.mayOnly(err, booking.ErrNotPaying, booking.ErrNotOverdue, booking.ErrNotCharged)
}

func (s *simulation) giveUpPayment() {
	b, _ := s.anyBooking(booking.StatusPaying)
	if b == nil {
		return
	}
	s.clock.Advance(payWithin)
	_, err := s.operators().GiveUpPayment.Handle(context.Background(), inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
	s.mayOnly(err, booking.ErrNotPaying, booking.ErrNotOverdue)
}

func (s *simulation) cancelShowBookings() {
	_, err := s.CancelShowBookings.Handle(context.Background(), inbound.CancelShowBookings{})
	must(s, err)
}

func (s *simulation) passMoment() {
	s.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(s.t, "time"))
}

// passTime advances the clock by at least holdFor, and then runs the jobs for holds and
// payments.
func (s *simulation) passTime() {
	s.clock.Advance(rapid.SampledFrom([]time.Duration{payWithin, payWithin, holdFor, time.Hour}).Draw(s.t, "time"))
	if s.chance(2, "settle first") {
		s.settlePayments()
		s.expireHolds()
	} else {
		s.expireHolds()
		s.settlePayments()
	}
}

// mayOnly checks that an error is nil or one of the allowed errors.
func (s *simulation) mayOnly(err error, allowed ...error) {
	s.Helper()
	if err != nil && !slices.ContainsFunc(allowed, func(e error) bool { return errors.Is(err, e) }) {
		s.Fatalf("error %v, want none or one of %v", err, allowed)
	}
}

func mayOnlyBe[E error](s *simulation, err error) {
	s.Helper()
	if _, ok := errors.AsType[E](err); err != nil && !ok {
		s.Fatalf("error %v, want none or a %T", err, *new(E))
	}
}

// Helper and Fatal implement testingT.
func (s *simulation) Helper() { s.t.Helper() }

// Fatal ends the simulation. It replaces ids, which change in each run, because rapid
// shrinks a failing simulation only while the message stays the same.
func (s *simulation) Fatal(args ...any) {
	s.Helper()
	text := fmt.Sprint(args...)
	s.t.Log(text)
	s.t.Fatal(changingIDs.ReplaceAllString(text, "(…)"))
}

// changingIDs matches ids and ticket codes.
var changingIDs = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9A-Z]{26}\b`)

// Fatalf is like Fatal, but formats its message.
func (s *simulation) Fatalf(format string, args ...any) {
	s.Helper()
	s.Fatal(fmt.Sprintf(format, args...))
}

// drain stops the faults. Then it advances the clock, runs jobs and delivers events until
// no work is left.
func (s *simulation) drain() {
	s.faultsOff = true
	s.transport.deliverDelayed()
	for range 20 {
		s.clock.Advance(time.Hour + payWithin)
		s.expireHolds()
		s.settlePayments()
		s.cancelShowBookings()
		s.relay()
		if len(s.inFlight) == 0 {
			return
		}
		events := s.inFlight
		s.inFlight = nil
		for _, e := range events {
			if err := s.deliver(e); err != nil {
				s.Fatalf("promise 7: event %s fails without any fault: %v", e.Type, err)
			}
		}
	}
	s.Fatal("events are still in flight after 20 rounds, want none")
}

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

// TestPromises lets chance run the box office: customers, staff, jobs, the
// relay and the broker act in any order, also in the middle of each other's
// use cases; events come late, twice and out of order; the gateway, the broker
// and the object store fail before they act or after; processes end anywhere
// outside of a transaction; the clock jumps. Some promises are checked after
// each step, all of them when everything has come to rest.
//
// A failure is shown with a short story that leads to it, and with the
// seed to repeat it.
func TestPromises(t *testing.T) {
	rounds(t, hundreds(), func(t *testing.T) {
		folder := t.TempDir()
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(rt, folder)
			story := map[string]func(*rapid.T){
				"":     func(*rapid.T) { w.checkAlways() },
				"next": func(*rapid.T) { w.act() },
			}
			for range 3 { // chapters: one alone is too short for much to go wrong
				rt.Repeat(story)
			}
			w.comeToRest()
			w.checkAlways()
			w.checkAtRest()
		})
	})
}

// hundreds is how many times a hundred stories are told; rapid tells fewer and
// shorter ones, too, in short mode.
func hundreds() int {
	if testing.Short() {
		return 1
	}
	return 2
}

// world is a box office in which something can go on, or go wrong, between any
// two steps of a use case.
type world struct {
	*bench
	t *rapid.T

	shows    []show.ID
	requests []inbound.HoldSeats
	answers  map[ports.IdempotencyKey]booking.ID // by the key of the request
	inFlight []platform.Event
	relayed  map[ports.EventID]platform.Event
	admitted map[ticket.Code]int

	// calm is when nothing comes in between any more.
	calm bool
	// weather says how much goes wrong in this story.
	weather weather
	// depth is how many actions are under way, one in the middle of another.
	depth int
}

// weather holds chances: once in so many times; never if 0.
type weather struct{ others, crash, failure, trouble, slow int }

var weathers = []weather{
	{others: 8, slow: 3},
	{others: 8, slow: 3, crash: 20, failure: 8, trouble: 8},
	{others: 4, slow: 8, crash: 100, failure: 20, trouble: 3},
	{},
}

// crash is the panic of a process that ends.
type crash struct{}

func newWorld(t *rapid.T, folder string) *world {
	folder, err := os.MkdirTemp(folder, "")
	must(t, err)
	w := &world{
		bench: openBench(t, folder, t.Cleanup), t: t,
		answers: map[ports.IdempotencyKey]booking.ID{}, relayed: map[ports.EventID]platform.Event{},
		admitted: map[ticket.Code]int{},
	}
	w.weather = rapid.SampledFrom(weathers).Draw(t, "weather")
	// A hold may last longer than its payment may take, so that there is time
	// for another attempt after one that was settled; by default it does not.
	holds := rapid.SampledFrom([]time.Duration{holdFor, time.Hour}).Draw(t, "hold for")
	w.UseCases = w.withHold(holds, func(p *application.Ports) {
		p.Shows = busyShows{w.Shows, w.between}
		p.ShowsOnSale = p.Shows
		p.Bookings = worldsBookings{busyBookings{w.Bookings, w.between}}
		p.UnitOfWork = busyWork{w.db, w.between}
		p.Gateway = troubledGateway{w.gateway, w}
		p.Objects = shakyObjects{w.objects, w.fails}
		p.Notifier = troubledMailbox{w.mailbox, w}
	})
	w.bench.relay.Publisher = w
	w.putOnSale()
	return w
}

// actions are what can go on, and how often compared to the others.
func (w *world) actions() []action {
	return []action{
		{"hold seats", 5, w.hold},
		{"pay", 6, w.pay},
		{"relay", 4, w.relay},
		{"deliver", 12, w.deliverOne},
		{"a moment passes", 2, w.passMoment},
		{"time passes", 3, w.passTime},
		{"settle payments", 1, w.settlePayments},
		{"expire holds", 1, w.expireHolds},
		{"repeat a request", 1, w.repeat},
		{"cancel", 1, w.cancel},
		{"admit", 2, w.admit},
		{"cancel bookings of shows", 1, w.cancelShowBookings},
		{"put a show on sale", 1, w.putOnSale},
		{"call a show off", 1, w.callOff},
	}
}

type action struct {
	name   string
	weight int
	do     func()
}

// act lets one thing go on, until it is done or its process ends.
func (w *world) act() {
	var all []action
	for _, a := range w.actions() {
		all = append(all, slices.Repeat([]action{a}, a.weight)...)
	}
	next := all[rapid.IntRange(0, len(all)-1).Draw(w.t, "next")]
	w.t.Log(strings.Repeat("    ", w.depth), next.name)
	w.depth++
	defer func() {
		w.depth--
		if ended := recover(); ended != nil && ended != any(crash{}) {
			panic(ended)
		}
	}()
	// What the gateway was asked and did not answer, it has done by the time
	// that anybody acts again.
	w.line.letThrough()
	next.do()
}

// once tells whether something happens that does once in so many times.
func (w *world) once(in int, what string) bool {
	return !w.calm && in > 0 && rapid.IntRange(1, in).Draw(w.t, what) == in
}

// between is where others may act, and where the process may end.
func (w *world) between() {
	if w.depth < 3 && w.once(w.weather.others, "others act") {
		w.othersAct()
	}
	if w.once(w.weather.crash, "crash") {
		panic(crash{})
	}
}

func (w *world) othersAct() {
	for range rapid.IntRange(1, 3).Draw(w.t, "times") {
		w.act()
	}
}

// fails tells whether something that may fail does.
func (w *world) fails() bool { return w.once(w.weather.failure, "fails") }

// worldsBookings are bookings whose answers may be lost, too.
type worldsBookings struct{ busyBookings }

func (b worldsBookings) Add(ctx context.Context, added *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.busyBookings.Add(ctx, added, key)
}

func (b worldsBookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.busyBookings.Update(ctx, id, change)
}

// busyWork is a unit of work that others act before and after.
type busyWork struct {
	outbound.UnitOfWork
	meanwhile func()
}

func (b busyWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	b.meanwhile()
	defer b.meanwhile()
	return b.UnitOfWork.Do(ctx, work)
}

// troubledGateway is the gateway at the end of a line that is not in order.
type troubledGateway struct {
	outbound.PaymentGateway
	*world
}

func (g troubledGateway) Charge(ctx context.Context, r outbound.ChargeRequest) (outcome outbound.ChargeOutcome, err error) {
	if g.depth < 3 && g.once(g.weather.slow, "the charge takes long") {
		g.passTime()
		g.othersAct()
	}
	g.call(func() { outcome, err = g.PaymentGateway.Charge(ctx, r) })
	return outcome, err
}

func (g troubledGateway) Refund(ctx context.Context, key booking.ChargeKey) (err error) {
	g.call(func() { err = g.PaymentGateway.Refund(ctx, key) })
	return err
}

func (g troubledGateway) Lookup(ctx context.Context, id booking.ID) (outcomes []outbound.ChargeOutcome, err error) {
	g.call(func() { outcomes, err = g.PaymentGateway.Lookup(ctx, id) })
	return outcomes, err
}

func (w *world) call(gateway func()) {
	w.between()
	if w.once(w.weather.trouble, "trouble") {
		w.line.trouble.Store(rapid.SampledFrom([]int32{cut, mute, delayed}).Draw(w.t, "line"))
	}
	gateway()
	w.line.trouble.Store(inOrder)
	w.between()
}

// troubledMailbox may take a letter and fail all the same.
type troubledMailbox struct {
	*mailbox
	*world
}

func (m troubledMailbox) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	err := m.mailbox.SendTickets(ctx, b, sh, pdf)
	if m.fails() {
		return errBroken
	}
	m.between()
	return err
}

// A house small enough for customers to get into each other's way.
func smallHouse() show.Spec {
	spec := hamlet()
	spec.Rows = []show.Row{{Name: "A", Seats: 3, Tier: "stalls"}, {Name: "B", Seats: 2, Tier: "balcony"}}
	return spec
}

func (w *world) putOnSale() {
	if len(w.shows) == 3 {
		return
	}
	spec := smallHouse()
	spec.StartsAt = w.clock.Now().Add(rapid.SampledFrom([]time.Duration{8 * time.Hour, 20 * time.Minute}).Draw(w.t, "starts in"))
	made, err := w.CreateShow.Handle(context.Background(), inbound.CreateShow{Actor: olga, Spec: spec})
	must(w, err)
	_, err = w.OpenShow.Handle(context.Background(), inbound.OpenShow{Actor: olga, Show: made.ID()})
	must(w, err)
	w.shows = append(w.shows, made.ID())
}

func (w *world) callOff() {
	id := rapid.SampledFrom(w.shows).Draw(w.t, "show")
	if w.once(4, "another theatre") {
		_, err := w.CancelShow.Handle(context.Background(), inbound.CancelShow{Actor: otto, Show: id})
		w.mayOnly(err, ports.ErrNotFound)
		return
	}
	_, err := w.CancelShow.Handle(context.Background(), inbound.CancelShow{Actor: olga, Show: id})
	mayOnlyBe[*show.NotOnSaleError](w, err)
}

func (w *world) hold() {
	who := rapid.SampledFrom([]actor.Actor{ann, bob}).Draw(w.t, "customer")
	request := inbound.HoldSeats{
		Actor: who, Show: rapid.SampledFrom(w.shows).Draw(w.t, "show"), Key: ports.IdempotencyKey(fmt.Sprint("key ", len(w.requests))), Seats: w.someSeats(),
	}
	w.requests = append(w.requests, request)
	w.request(request)
}

func (w *world) someSeats() []show.Label {
	seats := rapid.Permutation([]show.Label{"A-1", "A-2", "A-3", "B-1", "B-2"}).Draw(w.t, "seats")
	return seats[:rapid.IntRange(1, 3).Draw(w.t, "how many")]
}

// repeat sends a request again, sometimes for other seats.
func (w *world) repeat() {
	if len(w.requests) == 0 {
		return
	}
	request := rapid.SampledFrom(w.requests).Draw(w.t, "request")
	if rapid.Bool().Draw(w.t, "the same seats") {
		w.request(request)
		return
	}
	other := request
	other.Seats = w.someSeats()
	if first, ok := w.answers[request.Key]; ok && !w.booking(w, first).Matches(other.Show, other.Seats) {
		_, err := w.HoldSeats.Handle(context.Background(), other)
		if !errors.Is(err, ports.ErrIdempotencyKeyReused) {
			w.Fatalf("promise 8: a key was taken for another request: error %v", err)
		}
	}
}

func (w *world) request(request inbound.HoldSeats) {
	held, err := w.HoldSeats.Handle(context.Background(), request)
	if err != nil {
		if _, taken := errors.AsType[*booking.SeatsTakenError](err); !taken {
			mayOnlyBe[*show.NotOnSaleError](w, err)
		}
		if first, ok := w.answers[request.Key]; ok {
			w.Fatalf("promise 8: a request that made booking %s is answered with %v", first, err)
		}
		return
	}
	if first, ok := w.answers[request.Key]; ok && first != held.ID() {
		w.Fatalf("promise 8: one key made the bookings %s and %s", first, held.ID())
	}
	w.answers[request.Key] = held.ID()
}

// anyBooking is of those that are stored, mostly of one in a status of these,
// and somebody who asks for it, mostly its customer; nil while there is none.
func (w *world) anyBooking(mostly ...booking.Status) (*booking.Booking, actor.Actor) {
	all := w.allBookings()
	likely := slices.DeleteFunc(slices.Clone(all), func(b *booking.Booking) bool { return !slices.Contains(mostly, b.Status()) })
	if len(all) == 0 {
		return nil, nobody
	}
	if len(likely) > 0 && !w.once(8, "any booking") {
		all = likely
	}
	b := all[rapid.IntRange(0, len(all)-1).Draw(w.t, "booking")]
	who := ann
	if (b.Customer() == bob.ID()) != w.once(8, "another customer") {
		who = bob
	}
	return b, who
}

func (w *world) pay() {
	b, who := w.anyBooking(booking.StatusHeld)
	if b == nil {
		return
	}
	token := rapid.SampledFrom([]string{"tok_ok", "tok_ok", "tok_declined"}).Draw(w.t, "token")
	_, err := w.RequestPayment.Handle(context.Background(), inbound.RequestPayment{Actor: who, Booking: b.ID(), Token: token})
	if w.isOthers(b, who, err) || errors.Is(err, booking.ErrHoldExpired) {
		return
	}
	mayOnlyBe[*booking.NotPayableError](w, err)
}

func (w *world) cancel() {
	b, who := w.anyBooking(booking.StatusHeld, booking.StatusConfirmed)
	if b == nil {
		return
	}
	_, err := w.CancelBooking.Handle(context.Background(), inbound.CancelBooking{Actor: who, Booking: b.ID()})
	if !w.isOthers(b, who, err) {
		mayOnlyBe[*booking.NotCancellableError](w, err)
	}
}

// isOthers checks that what belongs to others is not there.
func (w *world) isOthers(b *booking.Booking, who actor.Actor, err error) bool {
	if b.Customer() == who.ID() {
		return false
	}
	if !errors.Is(err, ports.ErrNotFound) {
		w.Fatalf("promise 9: %s asked for a booking of %s: error %v", who.ID(), b.Customer(), err)
	}
	return true
}

func (w *world) admit() {
	b, _ := w.anyBooking(booking.StatusConfirmed)
	if b == nil {
		return
	}
	tickets := w.tickets(w, b.ID())
	if len(tickets) == 0 {
		return
	}
	code := rapid.SampledFrom(tickets).Draw(w.t, "ticket").Code()
	if w.once(8, "at another theatre's door") {
		_, err := w.AdmitTicket.Handle(context.Background(), inbound.AdmitTicket{Actor: dirk, Code: code})
		w.mayOnly(err, ports.ErrNotFound)
		return
	}
	_, err := w.AdmitTicket.Handle(context.Background(), inbound.AdmitTicket{Actor: dora, Code: code})
	if err == nil {
		w.admitted[code]++
		return
	}
	if !errors.Is(err, ticket.ErrVoid) {
		mayOnlyBe[*ticket.AlreadyAdmittedError](w, err)
	}
}

// Publish takes all events, and fails all the same when the broker does.
func (w *world) Publish(_ context.Context, events []platform.Event) error {
	reached := len(events)
	failed := w.fails()
	if failed {
		reached = rapid.IntRange(0, len(events)).Draw(w.t, "reached the broker")
	}
	for _, e := range events[:reached] {
		w.inFlight = append(w.inFlight, e)
		w.relayed[e.ID] = e
	}
	w.between()
	if failed {
		return errBroken
	}
	return nil
}

func (w *world) relay() {
	_, err := w.bench.relay.Batch(context.Background())
	w.mayOnly(err, errBroken)
}

// deliverOne hands over any event that is in flight. It goes back when its
// reaction fails or ends half-way, and sometimes even when it does not.
func (w *world) deliverOne() {
	if len(w.inFlight) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.inFlight)-1).Draw(w.t, "event")
	e := w.inFlight[i]
	w.inFlight = slices.Delete(w.inFlight, i, i+1)
	handled := false
	defer func() {
		if !handled {
			w.inFlight = append(w.inFlight, e)
		}
	}()
	err := w.deliver(e)
	w.mayOnly(err, ports.ErrUnavailable, errBroken)
	handled = err == nil && !w.fails()
}

func (w *world) expireHolds() {
	_, err := w.ExpireHolds.Handle(context.Background(), inbound.ExpireHolds{})
	must(w, err)
}

func (w *world) settlePayments() {
	_, err := w.SettlePayments.Handle(context.Background(), inbound.SettlePayments{})
	w.mayOnly(err, ports.ErrUnavailable)
}

func (w *world) cancelShowBookings() {
	_, err := w.CancelShowBookings.Handle(context.Background(), inbound.CancelShowBookings{})
	must(w, err)
}

func (w *world) passMoment() {
	w.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(w.t, "time"))
}

// passTime lets enough time pass for the jobs to find something.
func (w *world) passTime() {
	w.clock.Advance(rapid.SampledFrom([]time.Duration{payWithin, payWithin, holdFor, time.Hour}).Draw(w.t, "time"))
	if w.once(2, "settle first") {
		w.settlePayments()
		w.expireHolds()
	} else {
		w.expireHolds()
		w.settlePayments()
	}
}

// mayOnly checks that a failure is one of those that may be.
func (w *world) mayOnly(err error, may ...error) {
	w.Helper()
	if err != nil && !slices.ContainsFunc(may, func(e error) bool { return errors.Is(err, e) }) {
		w.Fatalf("error %v, want none or one of %v", err, may)
	}
}

func mayOnlyBe[E error](w *world, err error) {
	w.Helper()
	if _, ok := errors.AsType[E](err); err != nil && !ok {
		w.Fatalf("error %v, want none or a %T", err, *new(E))
	}
}

// Helper and Fatal make a world something to fail with.
func (w *world) Helper() { w.t.Helper() }

// Fatal ends the story. A story that fails is told again and again, shorter
// each time, as long as it fails with the same words: so these leave out what
// is never the same twice.
func (w *world) Fatal(args ...any) {
	w.Helper()
	text := fmt.Sprint(args...)
	w.t.Log(text)
	w.t.Fatal(onlyOnce.ReplaceAllString(text, "(…)"))
}

// onlyOnce are ids and ticket codes.
var onlyOnce = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9A-Z]{26}\b`)

// Fatalf is Fatal with a format.
func (w *world) Fatalf(format string, args ...any) {
	w.Helper()
	w.Fatal(fmt.Sprintf(format, args...))
}

// comeToRest ends all trouble, and lets time, jobs and events take their course.
func (w *world) comeToRest() {
	w.calm = true
	w.line.letThrough()
	for range 20 {
		w.clock.Advance(time.Hour + payWithin)
		w.expireHolds()
		w.settlePayments()
		w.cancelShowBookings()
		w.relay()
		if len(w.inFlight) == 0 {
			return
		}
		events := w.inFlight
		w.inFlight = nil
		for _, e := range events {
			if err := w.deliver(e); err != nil {
				w.Fatalf("promise 7: event %s cannot be handled although nothing is in the way: %v", e.Type, err)
			}
		}
	}
	w.Fatal("events go on and on")
}

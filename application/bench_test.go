package application_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/worker"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/application"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// The people of the tests. Two theatres, the Globe and the Rose, must not see
// into each other's books.
var (
	nobody     = actor.Anonymous
	ann        = known("ann", "ann@example.com", "", role.Customer)
	bob        = known("bob", "bob@example.com", "", role.Customer)
	olga       = known("olga", "", "globe", role.Organiser)
	otto       = known("otto", "", "rose", role.Organiser)
	dora       = known("dora", "", "globe", role.Door)
	dirk       = known("dirk", "", "rose", role.Door)
	freelancer = known("fred", "", "", role.Organiser, role.Door)
)

func known(id actor.ID, email string, org actor.Organisation, roles ...actor.Role) actor.Actor {
	a, err := actor.New(id, email, org, roles...)
	if err != nil {
		panic(err)
	}
	return a
}

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	curtain = noon.Add(8 * time.Hour)
)

const (
	holdFor   = 10 * time.Minute
	payWithin = 15 * time.Minute
)

// bench is a box office whose ports are the memory adapters and the real
// client of the real payment simulator. Its use cases are put together here
// and nowhere else; a test that wants trouble puts it into one of their ports.
type bench struct {
	inbound.UseCases
	outbound.Stores

	ports application.Ports
	relay worker.Relay

	db      *memstores.DB
	clock   *memory.Clock
	belt    *belt
	objects *memory.Objects
	mailbox *mailbox
	gateway outbound.PaymentGateway
	line    *line
	ledger  string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return openBench(t, t.TempDir(), t.Cleanup)
}

// openBench is for those who have no *testing.T of their own.
func openBench(t fataler, folder string, cleanup func(func())) *bench {
	t.Helper()
	ledger := filepath.Join(folder, "ledger.jsonl")
	simulator, err := payments.OpenSimulator(ledger)
	must(t, err)
	wire := &line{to: simulator}
	server := httptest.NewServer(wire)
	cleanup(func() {
		server.Close()
		_ = simulator.Close()
	})
	gateway, err := payments.NewClient(server.URL, payments.Config{
		TryTimeout: 10 * time.Second, CallTimeout: 10 * time.Second, // and so no second try
		OpenAfter: math.MaxUint32,
	})
	must(t, err)

	db := memstores.NewDB()
	b := &bench{
		Stores: db.Stores(), db: db, clock: memory.NewClock(noon), belt: &belt{},
		objects: memory.NewObjects(), mailbox: &mailbox{}, gateway: gateway, line: wire, ledger: ledger,
	}
	b.ports = application.Ports{
		Stores: b.Stores, UnitOfWork: db, ShowsOnSale: b.Shows, SeatMaps: db.SeatMaps(),
		Gateway: gateway, Printer: plainPrinter{}, Notifier: b.mailbox, IDs: system.IDs{}, Objects: b.objects, Clock: b.clock,
	}
	b.UseCases = b.with(func(*application.Ports) {})
	b.relay = worker.Relay{Outbox: db.Outbox(), Publisher: b.belt}
	return b
}

// with makes the use cases from other ports.
func (b *bench) with(change func(*application.Ports)) inbound.UseCases {
	return b.withHold(holdFor, change)
}

// withHold is with where holds last so long.
func (b *bench) withHold(holdFor time.Duration, change func(*application.Ports)) inbound.UseCases {
	p := b.ports
	change(&p)
	return application.New(p, application.Options{HoldFor: holdFor, PayWithin: payWithin})
}

// belt is where the relay puts events, and where they stay until a test
// delivers them.
type belt struct {
	mu     sync.Mutex
	events []platform.Event
}

func (q *belt) Publish(_ context.Context, events []platform.Event) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, events...)
	return nil
}

func (q *belt) take() []platform.Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

// plainPrinter prints a line a ticket, so that a test can read it.
type plainPrinter struct{}

func (plainPrinter) Print(w io.Writer, _ *show.Show, tickets []*ticket.Ticket) error {
	for _, t := range tickets {
		if _, err := fmt.Fprintln(w, t.Seat(), t.Code()); err != nil {
			return err
		}
	}
	return nil
}

// mailbox is everybody's.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
}

type letter struct {
	Booking  booking.ID
	To       string
	Contents string
}

func (m *mailbox) SendTickets(_ context.Context, b *booking.Booking, _ *show.Show, pdf io.Reader) error {
	contents, err := io.ReadAll(pdf)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, letter{Booking: b.ID(), To: b.Email(), Contents: string(contents)})
	return nil
}

// line is the wire to the simulator, which is not always in order.
type line struct {
	to      http.Handler
	trouble atomic.Int32

	mu     sync.Mutex
	onWire []*http.Request
}

// What can be wrong with a line.
const (
	inOrder int32 = iota
	// cut lets nothing through.
	cut
	// mute lets requests through, and no answers.
	mute
	// delayed gives no answers, and lets the requests through when it is told to.
	delayed
)

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch l.trouble.Load() {
	case inOrder:
		l.to.ServeHTTP(w, r)
		return
	case mute:
		l.to.ServeHTTP(httptest.NewRecorder(), r)
	case delayed:
		l.keep(r)
	}
	panic(http.ErrAbortHandler)
}

func (l *line) keep(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	kept := r.Clone(context.WithoutCancel(r.Context()))
	kept.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onWire = append(l.onWire, kept)
}

// letThrough brings requests that were delayed to the simulator.
func (l *line) letThrough() {
	l.mu.Lock()
	late := l.onWire
	l.onWire = nil
	l.mu.Unlock()
	for _, r := range late {
		l.to.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// busyGateway is a gateway around whose charges something else goes on.
type busyGateway struct {
	outbound.PaymentGateway
	before, after func()
}

func (g busyGateway) Charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	if g.before != nil {
		g.before()
	}
	outcome, err := g.PaymentGateway.Charge(ctx, r)
	if g.after != nil {
		g.after()
	}
	return outcome, err
}

// busyBookings are bookings that others go on changing once they were read.
type busyBookings struct {
	outbound.Bookings
	meanwhile func()
}

func (b busyBookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.Bookings.Get(ctx, id)
}

func (b busyBookings) ListDue(ctx context.Context, d outbound.DueFilter, after booking.ID, limit int) ([]booking.ID, error) {
	defer b.meanwhile()
	return b.Bookings.ListDue(ctx, d, after, limit)
}

// busyShows are shows that others go on changing once they were read.
type busyShows struct {
	outbound.Shows
	meanwhile func()
}

func (s busyShows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	defer s.meanwhile()
	return s.Shows.Get(ctx, id)
}

// errBroken is what a port fails with that a test has broken.
var errBroken = errors.New("broken by the test")

// shakyObjects fail as long as broken says so.
type shakyObjects struct {
	platform.Objects
	broken func() bool
}

func (o shakyObjects) Put(ctx context.Context, key, contentType string, content io.Reader) error {
	if o.broken() {
		return errBroken
	}
	return o.Objects.Put(ctx, key, contentType, content)
}

func (o shakyObjects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if o.broken() {
		return nil, errBroken
	}
	return o.Objects.Open(ctx, key)
}

// shakyWork fails before it begins as long as broken says so.
type shakyWork struct {
	outbound.UnitOfWork
	broken func() bool
}

func (w shakyWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	if w.broken() {
		return errBroken
	}
	return w.UnitOfWork.Do(ctx, work)
}

// times is true the first n times.
func times(n int64) func() bool {
	var asked atomic.Int64
	return func() bool { return asked.Add(1) <= n }
}

// firstTime does something the first time only, also when that leads back here.
func firstTime(do func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			do()
		}
	}
}

// hamlet has 30 seats of 45.00 EUR in row A and 12 of 20.00 EUR in row B.
func hamlet() show.Spec {
	return show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: curtain, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}, {Name: "balcony", Price: 2000}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}, {Name: "B", Seats: 12, Tier: "balcony"}},
	}
}

func (b *bench) draft(t *testing.T, spec show.Spec) *show.Show {
	t.Helper()
	return ask(t, b.CreateShow, inbound.CreateShow{Actor: olga, Spec: spec})
}

func (b *bench) onSale(t *testing.T, spec show.Spec) *show.Show {
	t.Helper()
	return ask(t, b.OpenShow, inbound.OpenShow{Actor: olga, Show: b.draft(t, spec).ID()})
}

var lastKey atomic.Int64

func newKey() ports.IdempotencyKey {
	return ports.IdempotencyKey("key-" + strconv.FormatInt(lastKey.Add(1), 10))
}

func (b *bench) held(t *testing.T, who actor.Actor, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	return ask(t, b.HoldSeats, inbound.HoldSeats{Actor: who, Show: sh.ID(), Seats: seats, Key: newKey()})
}

// paying is a booking of Ann's that is to be paid with the token.
func (b *bench) paying(t *testing.T, token string, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	held := b.held(t, ann, sh, seats...)
	return ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: token})
}

// confirmed is a booking of Ann's that is paid for, without tickets yet.
func (b *bench) confirmed(t *testing.T, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	paying := b.paying(t, "tok_ok", sh, seats...)
	ask(t, b.ChargePayment, chargeOf(paying))
	return b.booking(t, paying.ID())
}

// ticketed is a booking of Ann's with its tickets.
func (b *bench) ticketed(t *testing.T, sh *show.Show, seats ...show.Label) (*booking.Booking, []*ticket.Ticket) {
	t.Helper()
	confirmed := b.confirmed(t, sh, seats...)
	ask(t, b.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
	return b.booking(t, confirmed.ID()), b.tickets(t, confirmed.ID())
}

var lastEvent atomic.Int64

func newDelivery() ports.Delivery {
	return ports.Delivery{Subscription: "issue-tickets", Event: ports.EventID("event-" + strconv.FormatInt(lastEvent.Add(1), 10))}
}

// chargeOf asks for the money of the attempt that is under way.
func chargeOf(b *booking.Booking) inbound.ChargePayment {
	return inbound.ChargePayment{Booking: b.ID(), Attempt: b.Attempt(), Token: "tok_ok"}
}

func (b *bench) booking(t fataler, id booking.ID) *booking.Booking {
	t.Helper()
	found, err := b.Bookings.Get(context.Background(), id)
	must(t, err)
	return found
}

func (b *bench) tickets(t fataler, id booking.ID) []*ticket.Ticket {
	t.Helper()
	found, err := b.Tickets.ListByBooking(context.Background(), id)
	must(t, err)
	return found
}

// printed is the document with a booking's tickets.
func (b *bench) printed(t fataler, id booking.ID) string {
	t.Helper()
	file, err := b.objects.Open(context.Background(), "tickets/"+string(id)+".pdf")
	must(t, err)
	defer file.Close()
	return read(t, file)
}

// relayed takes all events out of the outbox, oldest first.
func (b *bench) relayed(t fataler) []platform.Event {
	t.Helper()
	for {
		n, err := b.relay.Batch(context.Background())
		must(t, err)
		if n == 0 {
			return b.belt.take()
		}
	}
}

// deliver hands an event to the reaction that subscribes to it.
func (b *bench) deliver(e platform.Event) error {
	for _, r := range boxofficejobs.Reactions(b.UseCases) {
		if slices.Contains(r.Types, e.Type) {
			return r.Handle(context.Background(), e)
		}
	}
	return nil
}

// run relays and delivers until there is nothing more to do.
func (b *bench) run(t fataler) {
	t.Helper()
	for {
		events := b.relayed(t)
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			must(t, b.deliver(e))
		}
	}
}

// charges are what the simulator's ledger says of each key.
func (b *bench) charges(t fataler) map[booking.ChargeKey]payments.Charge {
	t.Helper()
	entries, err := payments.ReadLedger(b.ledger)
	must(t, err)
	charges := map[booking.ChargeKey]payments.Charge{}
	for _, e := range entries {
		charges[booking.ChargeKey(e.Key)] = e.Charge
	}
	return charges
}

// wantLedger compares what became of each attempt, counted from 1.
func (b *bench) wantLedger(t *testing.T, id booking.ID, want ...string) {
	t.Helper()
	charges := b.charges(t)
	var got []string
	for attempt := 1; attempt <= max(len(want), b.booking(t, id).Attempt()); attempt++ {
		got = append(got, cmp.Or(charges[booking.KeyOf(id, attempt)].Status, "never asked"))
	}
	wantEqual(t, "charges", got, want)
}

func (b *bench) wantStatus(t *testing.T, id booking.ID, want booking.Status) {
	t.Helper()
	if got := b.booking(t, id).Status(); got != want {
		t.Errorf("the booking is %s, want %s", got, want)
	}
}

func (b *bench) wantTickets(t *testing.T, id booking.ID, want ...ticket.Status) {
	t.Helper()
	var got []ticket.Status
	for _, issued := range b.tickets(t, id) {
		got = append(got, issued.Status())
	}
	wantEqual(t, "tickets", got, want)
}

// picture is all there is in the stores, to see that nothing has changed.
type picture struct {
	Shows    []show.Snapshot
	Bookings []booking.Snapshot
	Tickets  []ticket.Snapshot
}

func (b *bench) picture(t fataler) picture {
	t.Helper()
	ctx := context.Background()
	var p picture
	shows, err := b.Shows.List(ctx, outbound.ShowQuery{DraftsOf: "globe", Limit: math.MaxInt})
	must(t, err)
	for _, sh := range shows {
		p.Shows = append(p.Shows, sh.Snapshot())
	}
	bookings, err := b.Bookings.List(ctx, outbound.BookingQuery{Limit: math.MaxInt})
	must(t, err)
	for _, one := range bookings {
		p.Bookings = append(p.Bookings, one.Snapshot())
		for _, issued := range b.tickets(t, one.ID()) {
			p.Tickets = append(p.Tickets, issued.Snapshot())
		}
	}
	return p
}

// types names the types of the events of an aggregate.
func types[I ~string](events []platform.Event, aggregate I) []string {
	var names []string
	for _, e := range events {
		if e.Aggregate == string(aggregate) {
			names = append(names, e.Type)
		}
	}
	return names
}

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask runs a use case that is to succeed.
func ask[C, R any](t *testing.T, uc ports.UseCase[C, R], command C) R {
	t.Helper()
	result, err := uc.Handle(t.Context(), command)
	must(t, err)
	return result
}

// refuse runs a use case that is to fail.
func refuse[C, R any](t *testing.T, uc ports.UseCase[C, R], command C, want error) {
	t.Helper()
	_, err := uc.Handle(t.Context(), command)
	wantError(t, err, want)
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error %v, want %v", got, want)
	}
}

// wantRefusal is for errors that carry something.
func wantRefusal[E error](t *testing.T, err error) E {
	t.Helper()
	refusal, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %v, want a %T", err, refusal)
	}
	return refusal
}

// wantPanic runs do, which is to panic with the value.
func wantPanic(t *testing.T, value any, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != value {
			t.Errorf("panics with %v, want %v", got, value)
		}
	}()
	do()
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	all := gocmp.Exporter(func(reflect.Type) bool { return true })
	if diff := gocmp.Diff(want, got, all); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func read(t fataler, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	must(t, err)
	return string(text)
}

// atOnce runs all at once.
func atOnce(tasks ...func()) {
	start := make(chan struct{})
	var running sync.WaitGroup
	for _, task := range tasks {
		running.Go(func() {
			<-start
			task()
		})
	}
	close(start)
	running.Wait()
}

// rounds repeats a race, each time from the start.
func rounds(t *testing.T, n int, race func(*testing.T)) {
	t.Helper()
	for i := range n {
		t.Run("round "+strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			race(t)
		})
	}
}

// row names the seats of a row from 1 to n.
func row(name string, n int) []show.Label {
	labels := make([]show.Label, n)
	for i := range labels {
		labels[i] = show.Label(name + "-" + strconv.Itoa(i+1))
	}
	return labels
}

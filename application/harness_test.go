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
	"example.com/portico/adapters/system/boxofficeids"
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
	"example.com/portico/tests/testkit"
)

// The actors of the tests. Two theatres, the Globe and the Rose, must not see each
// other's data.
var (
	anonymous  = actor.Anonymous
	ann        = newActor("ann", "ann@example.com", "", role.Customer)
	bob        = newActor("bob", "bob@example.com", "", role.Customer)
	olga       = newActor("olga", "", "globe", role.Organiser)
	otto       = newActor("otto", "", "rose", role.Organiser)
	dora       = newActor("dora", "", "globe", role.Door)
	dirk       = newActor("dirk", "", "rose", role.Door)
	freelancer = newActor("fred", "", "", role.Organiser, role.Door)
)

func newActor(id actor.ID, email string, org actor.Organisation, roles ...actor.Role) actor.Actor {
	a, err := actor.New(id, email, org, roles...)
	if err != nil {
		panic(err)
	}
	return a
}

var (
	noon      = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	showStart = noon.Add(8 * time.Hour)
)

const (
	holdFor   = 10 * time.Minute
	payWithin = 15 * time.Minute
)

// harness is a box office with the memory adapters, the real payment client and the
// payment simulator. To inject a fault, a test replaces one of the ports.
type harness struct {
	inbound.UseCases
	outbound.Stores

	ports application.Ports
	relay worker.Relay

	db        *memstores.DB
	clock     *memory.Clock
	captured  *capturedEvents
	objects   *memory.Objects
	mailbox   *mailbox
	gateway   outbound.PaymentGateway
	transport *flakyTransport
	ledger    string
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	return openHarness(t, t.TempDir(), t.Cleanup)
}

// openHarness is like newHarness, but does not need a *testing.T.
func openHarness(t testingT, folder string, cleanup func(func())) *harness {
	t.Helper()
	ledger := filepath.Join(folder, "ledger.jsonl")
	simulator, err := payments.OpenSimulator(ledger, "key")
	must(t, err)
	transport := &flakyTransport{to: simulator}
	server := httptest.NewServer(transport)
	cleanup(func() {
		server.Close()
		_ = simulator.Close()
	})
	gateway, err := payments.NewClient(simulator.URL(server.Listener.Addr().String()), payments.Config{
		AttemptTimeout: 10 * time.Second, CallTimeout: 10 * time.Second, // equal, so that no time is left for a retry
		OpenAfter: math.MaxUint32,
	})
	must(t, err)

	db := memstores.NewDB()
	h := &harness{
		Stores: db.Stores(), db: db, clock: memory.NewClock(noon), captured: &capturedEvents{},
		objects: memory.NewObjects(), mailbox: &mailbox{}, gateway: gateway, transport: transport, ledger: ledger,
	}
	h.ports = application.Ports{
		Stores: h.Stores, UnitOfWork: db, ShowsOnSale: h.Shows, SeatMaps: db.SeatMaps(),
		Gateway: gateway, Printer: plainPrinter{}, Notifier: h.mailbox, IDs: boxofficeids.IDs{}, Objects: h.objects, Clock: h.clock,
	}
	h.UseCases = h.with(func(*application.Ports) {})
	h.relay = worker.Relay{Outbox: db.Outbox(), Publisher: h.captured}
	return h
}

// with returns use cases that use a copy of the ports. It first calls change() to modify
// the copy.
func (h *harness) with(change func(*application.Ports)) inbound.UseCases {
	return h.withHold(holdFor, change)
}

// withHold is like harness.with and also sets the duration of holds.
func (h *harness) withHold(holdFor time.Duration, change func(*application.Ports)) inbound.UseCases {
	p := h.ports
	change(&p)
	return application.New(p, application.Options{HoldFor: holdFor, PayWithin: payWithin})
}

// capturedEvents is a publisher that keeps the events until a test delivers them.
type capturedEvents struct {
	mu     sync.Mutex
	events []platform.Event
}

func (q *capturedEvents) Publish(_ context.Context, events []platform.Event) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, events...)
	return nil
}

func (q *capturedEvents) take() []platform.Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	return events
}

// plainPrinter prints each ticket as a line of text.
type plainPrinter struct{}

func (plainPrinter) Print(w io.Writer, _ *show.Show, tickets []*ticket.Ticket) error {
	for _, t := range tickets {
		if _, err := fmt.Fprintln(w, t.Seat(), t.Code()); err != nil {
			return err
		}
	}
	return nil
}

// mailbox keeps the mails to all customers.
type mailbox struct {
	mu    sync.Mutex
	mails []sentMail
}

type sentMail struct {
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
	m.mails = append(m.mails, sentMail{Booking: b.ID(), To: b.Email(), Contents: string(contents)})
	return nil
}

// flakyTransport passes requests to the simulator and injects faults.
type flakyTransport struct {
	to   http.Handler
	mode atomic.Int32

	mu              sync.Mutex
	delayedRequests []*http.Request
}

const (
	working int32 = iota
	// unreachable: no request arrives.
	unreachable
	// responsesLost: requests arrive, but their responses do not.
	responsesLost
	// requestsDelayed: requests arrive when deliverDelayed is called. Their responses are
	// lost.
	requestsDelayed
)

func (l *flakyTransport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch l.mode.Load() {
	case working:
		l.to.ServeHTTP(w, r)
		return
	case responsesLost:
		l.to.ServeHTTP(httptest.NewRecorder(), r)
	case requestsDelayed:
		l.keep(r)
	}
	panic(http.ErrAbortHandler)
}

func (l *flakyTransport) keep(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	kept := r.Clone(context.WithoutCancel(r.Context()))
	kept.Body = io.NopCloser(bytes.NewReader(body))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delayedRequests = append(l.delayedRequests, kept)
}

func (l *flakyTransport) deliverDelayed() {
	l.mu.Lock()
	late := l.delayedRequests
	l.delayedRequests = nil
	l.mu.Unlock()
	for _, r := range late {
		l.to.ServeHTTP(httptest.NewRecorder(), r)
	}
}

// interleavedGateway runs code before and after each charge.
type interleavedGateway struct {
	outbound.PaymentGateway
	before, after func()
}

func (g interleavedGateway) Charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	if g.before != nil {
		g.before()
	}
	outcome, err := g.PaymentGateway.Charge(ctx, r)
	if g.after != nil {
		g.after()
	}
	return outcome, err
}

// interleavedBookings runs code after each read.
type interleavedBookings struct {
	outbound.Bookings
	meanwhile func()
}

func (b interleavedBookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	defer b.meanwhile()
	return b.Bookings.Get(ctx, id)
}

func (b interleavedBookings) ListDue(ctx context.Context, d outbound.DueFilter, after outbound.DueBooking, limit int) ([]outbound.DueBooking, error) {
	defer b.meanwhile()
	return b.Bookings.ListDue(ctx, d, after, limit)
}

// interleavedShows runs code after each read.
type interleavedShows struct {
	outbound.Shows
	meanwhile func()
}

func (s interleavedShows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	defer s.meanwhile()
	return s.Shows.Get(ctx, id)
}

// errInjected is the error that a test injects into a port.
var errInjected = errors.New("injected by the test")

// failingObjects returns errInjected if fails() is true.
type failingObjects struct {
	platform.Objects
	fails func() bool
}

func (o failingObjects) Put(ctx context.Context, key, contentType string, content io.Reader) error {
	if o.fails() {
		return errInjected
	}
	return o.Objects.Put(ctx, key, contentType, content)
}

func (o failingObjects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if o.fails() {
		return nil, errInjected
	}
	return o.Objects.Open(ctx, key)
}

// failingWork runs the work, or returns errInjected if fails() is true.
type failingWork struct {
	outbound.UnitOfWork
	fails func() bool
}

func (w failingWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	if w.fails() {
		return errInjected
	}
	return w.UnitOfWork.Do(ctx, work)
}

// firstCalls returns a function that returns true for its first n calls.
func firstCalls(n int64) func() bool {
	var asked atomic.Int64
	return func() bool { return asked.Add(1) <= n }
}

// onFirstCall returns a function whose first call runs do(). Later calls do nothing, even
// if do() makes them.
func onFirstCall(do func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			do()
		}
	}
}

// hamlet returns a show with 30 seats at 45.00 EUR in row A and 12 seats at 20.00 EUR in
// row B.
func hamlet() show.Spec {
	return show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: showStart, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}, {Name: "balcony", Price: 2000}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}, {Name: "B", Seats: 12, Tier: "balcony"}},
	}
}

func (h *harness) draft(t *testing.T, spec show.Spec) *show.Show {
	t.Helper()
	return mustHandle(t, h.CreateShow, inbound.CreateShow{Actor: olga, Spec: spec})
}

func (h *harness) onSale(t *testing.T, spec show.Spec) *show.Show {
	t.Helper()
	return mustHandle(t, h.OpenShow, inbound.OpenShow{Actor: olga, Show: h.draft(t, spec).ID()})
}

var lastKey atomic.Int64

func newKey() ports.IdempotencyKey {
	return ports.IdempotencyKey("key-" + strconv.FormatInt(lastKey.Add(1), 10))
}

func (h *harness) held(t *testing.T, who actor.Actor, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	return mustHandle(t, h.HoldSeats, inbound.HoldSeats{Actor: who, Show: sh.ID(), Seats: seats, Key: newKey()})
}

// paying returns a new booking of Ann's with a payment in flight.
func (h *harness) paying(t *testing.T, token string, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	held := h.held(t, ann, sh, seats...)
	return mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: token})
}

// confirmed returns a new paid booking of Ann's without tickets.
func (h *harness) confirmed(t *testing.T, sh *show.Show, seats ...show.Label) *booking.Booking {
	t.Helper()
	paying := h.paying(t, "tok_ok", sh, seats...)
	mustHandle(t, h.ChargePayment, chargeOf(paying))
	return h.booking(t, paying.ID())
}

// ticketed returns a new paid booking of Ann's and its tickets.
func (h *harness) ticketed(t *testing.T, sh *show.Show, seats ...show.Label) (*booking.Booking, []*ticket.Ticket) {
	t.Helper()
	confirmed := h.confirmed(t, sh, seats...)
	mustHandle(t, h.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
	return h.booking(t, confirmed.ID()), h.tickets(t, confirmed.ID())
}

var lastEvent atomic.Int64

func newDelivery() ports.Delivery {
	return ports.Delivery{Subscription: "issue-tickets", Event: ports.EventID("event-" + strconv.FormatInt(lastEvent.Add(1), 10))}
}

// chargeOf returns the ChargePayment command for the booking's current attempt.
func chargeOf(b *booking.Booking) inbound.ChargePayment {
	return inbound.ChargePayment{Booking: b.ID(), Attempt: b.Attempt(), Token: "tok_ok"}
}

func (h *harness) booking(t testingT, id booking.ID) *booking.Booking {
	t.Helper()
	found, err := h.Bookings.Get(context.Background(), id)
	must(t, err)
	return found
}

func (h *harness) tickets(t testingT, id booking.ID) []*ticket.Ticket {
	t.Helper()
	found, err := h.Tickets.ListByBooking(context.Background(), id)
	must(t, err)
	return found
}

// printed returns the document with the tickets of a booking.
func (h *harness) printed(t testingT, id booking.ID) string {
	t.Helper()
	file, err := h.objects.Open(context.Background(), "tickets/"+string(id)+".pdf")
	must(t, err)
	defer file.Close()
	return read(t, file)
}

// drainOutbox returns all events in the outbox, oldest first, and removes them.
func (h *harness) drainOutbox(t testingT) []platform.Event {
	t.Helper()
	for {
		n, err := h.relay.Batch(context.Background())
		must(t, err)
		if n == 0 {
			return h.captured.take()
		}
	}
}

// deliver passes an event to the reaction that subscribes to it.
func (h *harness) deliver(e platform.Event) error {
	for _, r := range boxofficejobs.Reactions(h.UseCases) {
		if slices.Contains(r.Types, e.Type) {
			return r.Handle(context.Background(), e)
		}
	}
	return nil
}

// handleEvents relays and delivers events until none are left.
func (h *harness) handleEvents(t testingT) {
	t.Helper()
	for {
		events := h.drainOutbox(t)
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			must(t, h.deliver(e))
		}
	}
}

// charges returns the last entry of each charge in the simulator's ledger.
func (h *harness) charges(t testingT) map[booking.ChargeKey]payments.Charge {
	t.Helper()
	entries, err := payments.ReadLedger(h.ledger)
	must(t, err)
	charges := map[booking.ChargeKey]payments.Charge{}
	for _, e := range entries {
		charges[booking.ChargeKey(e.Key)] = e.Charge
	}
	return charges
}

// wantLedger checks the outcome of each attempt in the ledger, starting with attempt 1.
func (h *harness) wantLedger(t *testing.T, id booking.ID, want ...string) {
	t.Helper()
	charges := h.charges(t)
	var got []string
	for attempt := 1; attempt <= max(len(want), h.booking(t, id).Attempt()); attempt++ {
		got = append(got, cmp.Or(charges[booking.KeyOf(id, attempt)].Status, "never requested"))
	}
	wantEqual(t, "charges", got, want)
}

func (h *harness) wantStatus(t *testing.T, id booking.ID, want booking.Status) {
	t.Helper()
	if got := h.booking(t, id).Status(); got != want {
		t.Errorf("the booking is %s, want %s", got, want)
	}
}

func (h *harness) wantTickets(t *testing.T, id booking.ID, want ...ticket.Status) {
	t.Helper()
	var got []ticket.Status
	for _, issued := range h.tickets(t, id) {
		got = append(got, issued.Status())
	}
	wantEqual(t, "tickets", got, want)
}

// snapshot is the content of the stores.
type snapshot struct {
	Shows    []show.Snapshot
	Bookings []booking.Snapshot
	Tickets  []ticket.Snapshot
}

func (h *harness) snapshotAll(t testingT) snapshot {
	t.Helper()
	ctx := context.Background()
	var p snapshot
	shows, err := h.Shows.List(ctx, outbound.ShowQuery{UnopenedOf: "globe", Limit: math.MaxInt})
	must(t, err)
	for _, summary := range shows {
		sh, err := h.Shows.Get(ctx, summary.ID)
		must(t, err)
		p.Shows = append(p.Shows, sh.Snapshot())
	}
	bookings, err := h.Bookings.List(ctx, outbound.BookingQuery{Limit: math.MaxInt})
	must(t, err)
	for _, one := range bookings {
		p.Bookings = append(p.Bookings, one.Snapshot())
		for _, issued := range h.tickets(t, one.ID()) {
			p.Tickets = append(p.Tickets, issued.Snapshot())
		}
	}
	return p
}

// types returns the types of the events of an aggregate.
func types[I ~string](events []platform.Event, aggregate I) []string {
	var names []string
	for _, e := range events {
		if e.Aggregate == string(aggregate) {
			names = append(names, e.Type)
		}
	}
	return names
}

// testingT is a *testing.T or a *simulation.
type testingT interface {
	Helper()
	Fatal(args ...any)
}

func must(t testingT, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustHandle runs a use case that must succeed.
func mustHandle[C, R any](t *testing.T, uc ports.UseCase[C, R], command C) R {
	t.Helper()
	result, err := uc.Handle(t.Context(), command)
	must(t, err)
	return result
}

// wantRefused runs a use case that must fail with the given error.
func wantRefused[C, R any](t *testing.T, uc ports.UseCase[C, R], command C, want error) {
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

// wantErrorAs returns the error of type E in err, and ends the test if there is none.
func wantErrorAs[E error](t *testing.T, err error) E {
	t.Helper()
	got, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %v, want a %T", err, got)
	}
	return got
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	all := gocmp.Exporter(func(reflect.Type) bool { return true })
	if diff := gocmp.Diff(want, got, all); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func read(t testingT, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	must(t, err)
	return string(text)
}

// concurrently starts all tasks at the same time and waits for them.
func concurrently(tasks ...func()) {
	testkit.RunConcurrently(len(tasks), func(i int) { tasks[i]() })
}

// rounds calls the function race n times, in parallel subtests.
func rounds(t *testing.T, n int, race func(*testing.T)) {
	t.Helper()
	for i := range n {
		t.Run("round "+strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			race(t)
		})
	}
}

// row returns the labels of seats 1 to n of the named row.
func row(name string, n int) []show.Label {
	labels := make([]show.Label, n)
	for i := range labels {
		labels[i] = show.Label(name + "-" + strconv.Itoa(i+1))
	}
	return labels
}

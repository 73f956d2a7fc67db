package boxoffice

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

var (
	noon       = time.Date(2031, time.May, 4, 12, 0, 0, 123456000, time.UTC)
	showStart  = time.Date(2031, time.June, 21, 19, 30, 0, 0, time.UTC)
	kolkata    = time.FixedZone("Asia/Kolkata", 5*60*60+30*60)
	newYork    = loadZone("America/New_York")
	globeStaff = actor.Staff{ID: "will", Organisation: "globe"}
	ann        = actor.Person{ID: "ann", Email: "ann@example.com"}
)

const holdFor = 10 * time.Minute

var lastID atomic.Int64

// newID returns a version 7 UUID that sorts after all earlier ones.
func newID() string { return fmt.Sprintf("0196a000-0000-7000-8000-%012x", lastID.Add(1)) }

func newKey() ports.IdempotencyKey { return ports.IdempotencyKey("key-" + newID()) }

func newCode() ticket.Code {
	return ticket.Code(fmt.Sprintf("0123456789ABCD%012X", lastID.Add(1)))
}

func euros(cents int64) money.Money {
	eur, _ := money.ParseCurrency("EUR")
	m, _ := money.New(cents, eur)
	return m
}

func loadZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func hamlet() show.Spec {
	return show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: showStart, TimeZone: newYork, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}, {Name: "balcony", Price: 2000}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}, {Name: "B", Seats: 12, Tier: "balcony"}},
	}
}

func newDraft(t *testing.T, organiser actor.Staff, spec show.Spec) *show.Show {
	t.Helper()
	s, err := show.New(show.ID(newID()), organiser, spec, noon)
	testkit.Must(t, err)
	return s
}

func newShowOnSale(t *testing.T) *show.Show {
	t.Helper()
	s := newDraft(t, globeStaff, hamlet())
	testkit.Must(t, s.Open(noon))
	return s
}

func newBooking(t *testing.T, sh *show.Show, customer actor.ID, labels ...show.Label) *booking.Booking {
	t.Helper()
	who := actor.Person{ID: customer, Email: string(customer) + "@example.com"}
	b, err := booking.Hold(booking.ID(newID()), sh, who, labels, noon, holdFor)
	testkit.Must(t, err)
	return b
}

// newTickets makes a ticket for each seat of a confirmed booking.
func newTickets(t *testing.T, sh *show.Show, b *booking.Booking) []*ticket.Ticket {
	t.Helper()
	var tickets []*ticket.Ticket
	for _, l := range b.Labels() {
		one, err := ticket.Issue(newCode(), sh, b, l, noon)
		testkit.Must(t, err)
		tickets = append(tickets, one)
	}
	return tickets
}

func (s Stores) addShowOnSale(t *testing.T) *show.Show {
	t.Helper()
	sh := newShowOnSale(t)
	testkit.Must(t, s.Shows.Add(t.Context(), sh))
	return sh
}

// addBooking stores a new booking of the customer ann.
func (s Stores) addBooking(t *testing.T, sh *show.Show, labels ...show.Label) *booking.Booking {
	t.Helper()
	b, err := s.Bookings.Add(t.Context(), newBooking(t, sh, "ann", labels...), newKey(), booking.Limits{})
	testkit.Must(t, err)
	return b
}

func (s Stores) updateBooking(t *testing.T, id booking.ID, change func(*booking.Booking) error) *booking.Booking {
	t.Helper()
	b, err := s.Bookings.Update(t.Context(), id, change)
	testkit.Must(t, err)
	return b
}

func (s Stores) cancelShow(t *testing.T, id show.ID) {
	t.Helper()
	_, err := s.Shows.Update(t.Context(), id, cancelShow)
	testkit.Must(t, err)
}

// relayAll removes and returns all events in the outbox, oldest first.
func (s Stores) relayAll(t *testing.T) []platform.Event {
	t.Helper()
	return contract.RelayAll(t, s.Outbox)
}

// claims returns a show's held and sold seats with their status.
func (s Stores) claims(t *testing.T, id show.ID) map[show.Label]string {
	t.Helper()
	m, err := s.SeatMaps.Get(t.Context(), id)
	testkit.Must(t, err)
	claims := map[show.Label]string{}
	for _, seat := range m.Seats {
		if seat.Status != booking.SeatFree {
			claims[seat.Label] = seat.Status.String()
		}
	}
	return claims
}

// Changes that tests pass to Update.

func openShow(sh *show.Show) error   { return sh.Open(noon.Add(time.Minute)) }
func cancelShow(sh *show.Show) error { return sh.Cancel(noon.Add(time.Hour)) }

func requestPayment(b *booking.Booking) error {
	return b.RequestPayment("tok_ok", noon.Add(time.Minute))
}

func confirmPayment(b *booking.Booking) error {
	if err := requestPayment(b); err != nil {
		return err
	}
	return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon.Add(2*time.Minute))
}

func payAndDecline(b *booking.Booking) error {
	return errors.Join(requestPayment(b), declinePayment(b))
}

func expireHold(b *booking.Booking) error { return b.Expire(b.HeldUntil()) }

func cancelBooking(b *booking.Booking) error { return b.Cancel(showStart, noon.Add(3*time.Minute)) }

// envelope wraps e as the stores must, but leaves ID and Headers empty.
func envelope(aggregate, correlation string, e event.Event) platform.Event {
	return platform.Event{
		Type: e.EventType(), Aggregate: aggregate, OccurredAt: e.OccurredAt(), CorrelationID: correlation, Body: e,
	}
}

// wantEvents requires unique ids, and compares everything else except headers, which
// telemetry sets.
func wantEvents(t *testing.T, got []platform.Event, want ...platform.Event) {
	t.Helper()
	testkit.WantEqual(t, "events", withoutIDs(got), want)
	ids := map[ports.EventID]bool{"": true}
	for _, e := range got {
		if ids[e.ID] {
			t.Errorf("event id %q is empty or used twice", e.ID)
		}
		ids[e.ID] = true
	}
}

func withoutIDs(events []platform.Event) []platform.Event {
	bare := slices.Clone(events)
	for i := range bare {
		bare[i].ID, bare[i].Headers = "", nil
	}
	return bare
}

// typesOf returns the types of an aggregate's events.
func typesOf(events []platform.Event, aggregate string) []string {
	var names []string
	for _, e := range events {
		if e.Aggregate == aggregate {
			names = append(names, e.Type)
		}
	}
	return names
}

func countType(events []platform.Event, name string) (n int) {
	for _, e := range events {
		if e.Type == name {
			n++
		}
	}
	return n
}

// wantTaken checks that err reports exactly the given seats as taken.
func wantTaken(t *testing.T, err error, labels ...show.Label) {
	t.Helper()
	if taken, ok := testkit.WantErrorType[*booking.SeatsTakenError](t, err); ok {
		testkit.WantEqual(t, "labels of the taken seats", taken.Labels, labels)
	}
}

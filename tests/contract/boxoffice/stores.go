// Package boxoffice tests the contracts of the ports in ports/outbound, and runs the
// suites of package contract with sample bookings, shows and events of the box office.
package boxoffice

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

// Stores holds all ports of one database.
type Stores struct {
	outbound.Stores
	UnitOfWork outbound.UnitOfWork
	Outbox     platform.Outbox
	SeatMaps   outbound.SeatMaps

	// Reopen closes the database and opens it again. It is nil if the database is not
	// durable.
	Reopen func(t *testing.T) Stores
	// OpenAnother opens the same database a second time, as another process would. It is
	// nil if the database is not shared.
	OpenAnother func(t *testing.T) Stores
}

// OpenStores opens an empty database for the duration of the test.
type OpenStores func(t *testing.T) Stores

// RunStores runs every suite for a database.
func RunStores(t *testing.T, open OpenStores) {
	t.Run("shows", func(t *testing.T) { RunShows(t, open) })
	t.Run("bookings", func(t *testing.T) { RunBookings(t, open) })
	t.Run("tickets", func(t *testing.T) { RunTickets(t, open) })
	t.Run("seat maps", func(t *testing.T) { RunSeatMaps(t, open) })
	t.Run("unit of work across stores", func(t *testing.T) { runUnitOfWork(t, open) })
	t.Run("reopened database", func(t *testing.T) { runReopened(t, open) })
	t.Run("shared database", func(t *testing.T) { runShared(t, open) })
	contract.RunDatabase(t, func(t *testing.T) contract.Database[outbound.Stores] {
		t.Helper()
		return open(t).database()
	})
}

// database converts s for the suites of package contract.
func (s Stores) database() contract.Database[outbound.Stores] {
	db := contract.Database[outbound.Stores]{
		UnitOfWork: s.UnitOfWork,
		Outbox:     s.Outbox,
		Inbox:      func(stores outbound.Stores) platform.Inbox { return stores.Inbox },
		AuditLog:   func(stores outbound.Stores) platform.AuditLog { return stores.Audit },
		Counters:   attempts{},
		Record:     s.recordNewShow,
	}
	if s.Reopen != nil {
		db.Reopen = func(t *testing.T) contract.Database[outbound.Stores] {
			t.Helper()
			return s.Reopen(t).database()
		}
	}
	if s.OpenAnother != nil {
		db.OpenAnother = func(t *testing.T) contract.Database[outbound.Stores] {
			t.Helper()
			return s.OpenAnother(t).database()
		}
	}
	return db
}

func (s Stores) recordNewShow(ctx context.Context) (platform.Event, error) {
	sh, err := show.New(show.ID(newID()), globeStaff, hamlet(), noon)
	if err != nil {
		return platform.Event{}, err
	}
	return envelope(string(sh.ID()), ports.CorrelationID(ctx), sh.Events()[0]), s.Shows.Add(ctx, sh)
}

// attempts implements [contract.Counters]. A counter is a booking, and its value is the
// number of payment attempts.
type attempts struct{}

func (attempts) New(ctx context.Context, stores outbound.Stores) (string, error) {
	sh, err := show.New(show.ID(newID()), globeStaff, hamlet(), noon)
	if err != nil {
		return "", err
	}
	if err := errors.Join(sh.Open(noon), stores.Shows.Add(ctx, sh)); err != nil {
		return "", err
	}
	b, err := booking.Hold(booking.ID(newID()), sh, ann, []show.Label{"A-1"}, noon, holdFor)
	if err != nil {
		return "", err
	}
	b, err = stores.Bookings.Add(ctx, b, newKey(), booking.Limits{})
	if err != nil {
		return "", err
	}
	return string(b.ID()), nil
}

func (attempts) Increment(ctx context.Context, stores outbound.Stores, id string) error {
	_, err := stores.Bookings.Update(ctx, booking.ID(id), payAndDecline)
	return err
}

func (attempts) FailToIncrement(ctx context.Context, stores outbound.Stores, id string, failure error) error {
	_, err := stores.Bookings.Update(ctx, booking.ID(id), func(b *booking.Booking) error {
		return errors.Join(payAndDecline(b), failure)
	})
	return err
}

func (attempts) Get(ctx context.Context, stores outbound.Stores, id string) (int, error) {
	b, err := stores.Bookings.Get(ctx, booking.ID(id))
	if err != nil {
		return 0, err
	}
	return b.Attempt(), nil
}

// Events implements [contract.Events] with the events of the box office.
type Events struct{}

// New makes a [show.Opened] event.
func (Events) New() platform.Event {
	id := show.ID(newID())
	e := envelope(string(id), "request 1", show.Opened{Show: id, At: noon})
	e.ID = ports.EventID(newID())
	e.Headers = map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	return e
}

// OfEachType makes one event of each type that the domain records.
func (Events) OfEachType() []platform.Event {
	sh, b := show.ID(newID()), booking.ID(newID())
	var events []platform.Event
	for _, body := range []event.Event{
		show.Created{Show: sh, Organisation: "globe", Title: "Hamlet \"é\" 🎭", Venue: "Globe", StartsAt: showStart, Seats: 42, At: noon},
		show.Opened{Show: sh, At: noon},
		show.Cancelled{Show: sh, At: noon},
		booking.SeatsHeld{Booking: b, Show: sh, Customer: "ann", Seats: []show.Label{"B-12", "A-1"}, Total: euros(6500), HeldUntil: noon.Add(holdFor), At: noon},
		booking.PaymentRequested{Booking: b, Attempt: 2, Amount: euros(1 << 60), Token: "tok_ok", At: noon},
		booking.PaymentDeclined{Booking: b, Attempt: 1, Reason: "card says “no”", At: noon},
		booking.PaymentGivenUp{Booking: b, Attempt: 1, At: noon},
		booking.Confirmed{Booking: b, Show: sh, Charge: booking.KeyOf(b, 2), Total: euros(0), At: noon},
		booking.HoldExpired{Booking: b, Show: sh, At: noon},
		booking.Cancelled{Booking: b, Show: sh, RefundDue: true, At: noon},
		booking.Refunded{Booking: b, Charge: booking.KeyOf(b, 2), Amount: euros(6500), At: noon},
		booking.Ticketed{Booking: b, Show: sh, At: noon},
		ticket.Issued{Booking: b, Show: sh, Seat: "A-1", At: noon},
		ticket.Admitted{Booking: b, Show: sh, Seat: "A-1", At: showStart},
		ticket.Voided{Booking: b, Show: sh, Seat: "A-1", At: noon},
	} {
		e := envelope(string(b), "request "+newID(), body)
		e.ID = ports.EventID(newID())
		e.Headers = map[string]string{"traceparent": newID(), "tracestate": `a="b",é`}
		events = append(events, e)
	}
	events[0].CorrelationID, events[0].Headers = "", nil
	return events
}

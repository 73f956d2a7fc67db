package memstores

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
)

type tickets struct {
	db *DB
	memory.Session
}

func (r tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	return r.Atomic(ctx, func() error {
		for _, t := range added {
			if r.db.tickets.Has(t.Code()) || r.hasTicket(t) {
				return fmt.Errorf("add ticket for %s of booking %s: %w", t.Seat(), t.Booking(), ports.ErrExists)
			}
			r.put(ctx, t)
		}
		return nil
	})
}

// hasTicket reports whether a ticket for the booking and seat of t exists.
func (r tickets) hasTicket(t *ticket.Ticket) bool {
	for _, row := range r.db.tickets.Rows {
		if row.Booking == t.Booking() && row.Seat == t.Seat() {
			return true
		}
	}
	return false
}

// put stores a ticket and its events. It stores the events under the booking's id,
// because the ticket's code is a secret.
func (r tickets) put(ctx context.Context, t *ticket.Ticket) {
	r.db.tickets.Put(t.Code(), t.Snapshot())
	r.StoreEvents(ctx, string(t.Booking()), t.Events())
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	ofBooking := func(t ticket.Snapshot) bool { return t.Booking == id }
	found, err := r.db.tickets.page(ctx, r.Session, "", math.MaxInt, ofBooking)
	slices.SortFunc(found, func(a, b *ticket.Ticket) int { return cmp.Compare(a.Seat(), b.Seat()) })
	return found, err
}

func (r tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return r.db.tickets.update(ctx, r.Session, code, change, r.put)
}

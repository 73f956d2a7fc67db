package memstores

import (
	"cmp"
	"context"
	"fmt"
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

// hasTicket reports whether the seat of that booking already has a ticket.
func (r tickets) hasTicket(t *ticket.Ticket) bool {
	for _, row := range r.db.tickets.Rows {
		if row.Booking == t.Booking() && row.Seat == t.Seat() {
			return true
		}
	}
	return false
}

// put stores the events under the booking's id: the ticket's code is a secret.
func (r tickets) put(ctx context.Context, t *ticket.Ticket) {
	r.db.tickets.Put(t.Code(), t.Snapshot())
	r.StoreEvents(ctx, string(t.Booking()), t.Events())
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	return memory.AtomicReturning(ctx, r.Session, func() ([]*ticket.Ticket, error) {
		var found []*ticket.Ticket
		for _, row := range r.db.tickets.Rows {
			if row.Booking != id {
				continue
			}
			t, err := ticket.Rehydrate(row)
			if err != nil {
				return nil, err
			}
			found = append(found, t)
		}
		slices.SortFunc(found, func(a, b *ticket.Ticket) int { return cmp.Compare(a.Seat(), b.Seat()) })
		return found, nil
	})
}

func (r tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*ticket.Ticket, error) {
		t, err := r.db.ticket(code)
		if err != nil {
			return nil, err
		}
		if err := change(t); err != nil {
			return nil, err
		}
		r.put(ctx, t)
		return r.db.ticket(code)
	})
}

// ticket loads a ticket inside a transaction. Its errors do not contain the code.
func (db *DB) ticket(code ticket.Code) (*ticket.Ticket, error) {
	row, ok := db.tickets.Rows[code]
	if !ok {
		return nil, fmt.Errorf("ticket: %w", ports.ErrNotFound)
	}
	return ticket.Rehydrate(row)
}

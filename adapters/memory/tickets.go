package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
)

type tickets struct {
	db     *DB
	atomic atomic
}

func (r tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	return r.atomic(ctx, func() error {
		for _, t := range added {
			if r.db.tickets.has(t.Code()) || r.hasTicket(t) {
				return fmt.Errorf("add ticket for %s of booking %s: %w", t.Seat(), t.Booking(), ports.ErrExists)
			}
			r.put(ctx, t)
		}
		return nil
	})
}

// hasTicket tells whether the seat of that booking has one already.
func (r tickets) hasTicket(t *ticket.Ticket) bool {
	for _, row := range r.db.tickets.rows {
		if row.Booking == t.Booking() && row.Seat == t.Seat() {
			return true
		}
	}
	return false
}

// put names the booking in the events, for the code lets in whoever knows it.
func (r tickets) put(ctx context.Context, t *ticket.Ticket) {
	r.db.tickets.put(t.Code(), t.Snapshot())
	r.db.outbox.add(events.Seal(ctx, string(t.Booking()), t.Events()))
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	return within(ctx, r.atomic, func() ([]*ticket.Ticket, error) {
		var found []*ticket.Ticket
		for _, row := range r.db.tickets.rows {
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
	return within(ctx, r.atomic, func() (*ticket.Ticket, error) {
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

// ticket loads a ticket inside a transaction. Its errors do not tell the code.
func (db *DB) ticket(code ticket.Code) (*ticket.Ticket, error) {
	row, ok := db.tickets.rows[code]
	if !ok {
		return nil, fmt.Errorf("ticket: %w", ports.ErrNotFound)
	}
	return ticket.Rehydrate(row)
}

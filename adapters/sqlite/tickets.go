package sqlite

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
)

const ticketColumns = `code, booking_id, show_id, organisation, seat, status, issued_at, admitted_at`

type tickets struct{ session }

func (r tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	return r.write(ctx, func(c conn) error {
		for _, t := range added {
			err := c.put(ctx, `
				INSERT INTO tickets (`+ticketColumns+`)
				VALUES (:code, :booking_id, :show_id, :organisation, :seat, :status, :issued_at, :admitted_at)`, rows.OfTicket(t))
			if err != nil {
				return fmt.Errorf("add ticket for %s of booking %s: %w", t.Seat(), t.Booking(), err)
			}
			if err := storeTicketEvents(ctx, c, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// storeTicketEvents names the booking in the events, for the code lets in
// whoever knows it.
func storeTicketEvents(ctx context.Context, c conn, t *ticket.Ticket) error {
	return storeEvents(ctx, c, events.Seal(ctx, string(t.Booking()), t.Events()))
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	var found []rows.Ticket
	err := r.reader().list(ctx, &found, `SELECT `+ticketColumns+` FROM tickets WHERE booking_id = ? ORDER BY seat`, id)
	if err != nil {
		return nil, fmt.Errorf("tickets of booking %s: %w", id, err)
	}
	return each(found, rows.Ticket.Ticket)
}

func (r tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return returning(ctx, r, func(c conn) (*ticket.Ticket, error) {
		var row rows.Ticket
		if err := c.get(ctx, &row, `SELECT `+ticketColumns+` FROM tickets WHERE code = ?`, code); err != nil {
			return nil, fmt.Errorf("ticket: %w", err)
		}
		t, err := row.Ticket()
		if err != nil {
			return nil, err
		}
		if err := change(t); err != nil {
			return nil, err
		}
		row = rows.OfTicket(t)
		// All else stays as it was issued.
		err = c.put(ctx, `UPDATE tickets SET status = :status, admitted_at = :admitted_at WHERE code = :code`, row)
		if err != nil {
			return nil, fmt.Errorf("update ticket of booking %s: %w", t.Booking(), err)
		}
		if err := storeTicketEvents(ctx, c, t); err != nil {
			return nil, err
		}
		return row.Ticket()
	})
}

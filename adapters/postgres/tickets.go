package postgres

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/platform"
)

const ticketColumns = `code, booking_id, show_id, organisation, seat, status, issued_at, admitted_at`

type tickets struct{ session }

func (r tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	if len(added) == 0 {
		return nil
	}
	var issued []rows.Ticket
	var recorded []platform.Event
	for _, t := range added {
		issued = append(issued, rows.OfTicket(t))
		recorded = append(recorded, sealTicketEvents(ctx, t)...)
	}
	return r.write(ctx, func(c conn) error {
		err := c.put(ctx, `
			INSERT INTO tickets (`+ticketColumns+`)
			VALUES (:code, :booking_id, :show_id, :organisation, :seat, :status, :issued_at, :admitted_at)`, issued)
		if err != nil {
			return fmt.Errorf("add tickets of booking %s: %w", added[0].Booking(), err)
		}
		return storeEvents(ctx, c, recorded)
	})
}

// sealTicketEvents names the booking in the events, for the code lets in
// whoever knows it.
func sealTicketEvents(ctx context.Context, t *ticket.Ticket) []platform.Event {
	return events.Seal(ctx, string(t.Booking()), t.Events())
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	var found []rows.Ticket
	err := r.reader().list(ctx, &found, `SELECT `+ticketColumns+` FROM tickets WHERE booking_id = $1 ORDER BY seat`, id)
	if err != nil {
		return nil, fmt.Errorf("tickets of booking %s: %w", id, err)
	}
	return each(found, rows.Ticket.Ticket)
}

func (r tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return returning(ctx, r, func(c conn) (*ticket.Ticket, error) {
		var row rows.Ticket
		if err := c.get(ctx, &row, `SELECT `+ticketColumns+` FROM tickets WHERE code = $1 FOR NO KEY UPDATE`, code); err != nil {
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
		if err := storeEvents(ctx, c, sealTicketEvents(ctx, t)); err != nil {
			return nil, err
		}
		return row.Ticket()
	})
}

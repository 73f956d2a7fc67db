package pgstores

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/ticket"
)

var ticketColumns = sqlstore.ColumnsOf[rows.Ticket]()

type tickets struct{ postgres.Session }

func (r tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	if len(added) == 0 {
		return nil
	}
	var issued []rows.Ticket
	var recorded []event.Event
	for _, t := range added {
		issued = append(issued, rows.FromTicket(t))
		recorded = append(recorded, t.Events()...)
	}
	return r.Write(ctx, func(c sqlstore.Conn) error {
		err := c.NamedExec(ctx, `
			INSERT INTO tickets (`+ticketColumns.List+`)
			VALUES (`+ticketColumns.Named+`)`, issued)
		if err != nil {
			return fmt.Errorf("add tickets of booking %s: %w", added[0].Booking(), err)
		}
		return r.storeTicketEvents(ctx, c, added[0].Booking(), recorded)
	})
}

// storeTicketEvents stores the events under the booking's id: the ticket's code is
// a secret.
func (r tickets) storeTicketEvents(ctx context.Context, c sqlstore.Conn, b booking.ID, recorded []event.Event) error {
	return r.StoreEvents(ctx, c, string(b), recorded)
}

func (r tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	var found []rows.Ticket
	err := r.Reader().SelectAll(ctx, &found, `SELECT `+ticketColumns.List+` FROM tickets WHERE booking_id = $1 ORDER BY seat`, id)
	if err != nil {
		return nil, fmt.Errorf("tickets of booking %s: %w", id, err)
	}
	return sqlstore.MapRows(found, rows.Ticket.ToDomain)
}

func (r tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*ticket.Ticket, error) {
		var row rows.Ticket
		if err := c.GetOne(ctx, &row, `SELECT `+ticketColumns.List+` FROM tickets WHERE code = $1 FOR NO KEY UPDATE`, code); err != nil {
			return nil, fmt.Errorf("ticket: %w", err)
		}
		t, err := row.ToDomain()
		if err != nil {
			return nil, err
		}
		if err := change(t); err != nil {
			return nil, err
		}
		// A ticket's other columns never change.
		err = c.NamedExec(ctx, `UPDATE tickets SET status = :status, admitted_at = :admitted_at WHERE code = :code`, rows.FromTicket(t))
		if err != nil {
			return nil, fmt.Errorf("update ticket of booking %s: %w", t.Booking(), err)
		}
		if err := r.storeTicketEvents(ctx, c, t.Booking(), t.Events()); err != nil {
			return nil, err
		}
		return ticket.Rehydrate(t.Snapshot())
	})
}

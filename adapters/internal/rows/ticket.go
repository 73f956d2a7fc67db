package rows

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// Ticket is a row of the table tickets.
type Ticket struct {
	Code         string        `db:"code"`
	Booking      string        `db:"booking_id"`
	Show         string        `db:"show_id"`
	Organisation string        `db:"organisation"`
	Seat         string        `db:"seat"`
	Status       string        `db:"status"`
	IssuedAt     sqlstore.Time `db:"issued_at"`
	AdmittedAt   sqlstore.Time `db:"admitted_at"`
}

// FromTicket converts a ticket to its row.
func FromTicket(t *ticket.Ticket) Ticket {
	v := t.Snapshot()
	return Ticket{
		Code: string(v.Code), Booking: string(v.Booking), Show: string(v.Show), Organisation: string(v.Organisation),
		Seat: string(v.Seat), Status: v.Status.String(), IssuedAt: sqlstore.TimeOf(v.IssuedAt), AdmittedAt: sqlstore.TimeOf(v.AdmittedAt),
	}
}

// ToDomain converts the row to a ticket. Its errors do not contain the code, which is a
// secret.
func (r Ticket) ToDomain() (*ticket.Ticket, error) {
	status, err := ticket.ParseStatus(r.Status)
	if err != nil {
		return nil, fmt.Errorf("row of a ticket of booking %s: %w", r.Booking, err)
	}
	return ticket.Rehydrate(ticket.Snapshot{
		Code: ticket.Code(r.Code), Booking: booking.ID(r.Booking), Show: show.ID(r.Show),
		Organisation: actor.Organisation(r.Organisation), Seat: show.Label(r.Seat),
		Status: status, IssuedAt: r.IssuedAt.Time, AdmittedAt: r.AdmittedAt.Time,
	})
}

// TicketColumns are the columns of [Ticket].
var TicketColumns = sqlstore.ColumnsOf[Ticket]()

// Tickets implements [outbound.Tickets] with the statements of a database adapter. It
// stores events under the booking's id, because the ticket's code is a secret.
type Tickets struct {
	sqlstore.Session
	Lock      string // argument: code
	OfBooking string // argument: the booking's id
}

func (r Tickets) Add(ctx context.Context, added []*ticket.Ticket) error {
	if len(added) == 0 {
		return nil
	}
	var issued []Ticket
	var recorded []event.Event
	for _, t := range added {
		issued = append(issued, FromTicket(t))
		recorded = append(recorded, t.Events()...)
	}
	of := added[0].Booking()
	return r.Write(ctx, func(c sqlstore.Conn) error {
		err := c.NamedExec(ctx, `INSERT INTO tickets (`+TicketColumns.List+`) VALUES (`+TicketColumns.Named+`)`, issued)
		if err != nil {
			return fmt.Errorf("add tickets of booking %s: %w", of, err)
		}
		return r.StoreEvents(ctx, c, string(of), recorded)
	})
}

func (r Tickets) ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error) {
	return sqlstore.LoadAll[Ticket](ctx, r.Reader(), "tickets of booking "+string(id), r.OfBooking, id)
}

func (r Tickets) Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*ticket.Ticket, error) {
		t, err := sqlstore.Load[Ticket](ctx, c, "ticket", r.Lock, code)
		if err != nil {
			return nil, err
		}
		if err := change(t); err != nil {
			return nil, err
		}
		// Only these columns of a ticket ever change.
		err = c.NamedExec(ctx, `UPDATE tickets SET status = :status, admitted_at = :admitted_at WHERE code = :code`, FromTicket(t))
		if err != nil {
			return nil, fmt.Errorf("update ticket of booking %s: %w", t.Booking(), err)
		}
		if err := r.StoreEvents(ctx, c, string(t.Booking()), t.Events()); err != nil {
			return nil, err
		}
		return ticket.Rehydrate(t.Snapshot())
	})
}

package rows

import (
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
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

// ToDomain converts the row to a ticket. Its errors do not contain the code, which
// is a secret.
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

package application

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

// ticketsKey is the key of the PDF with a booking's tickets.
func ticketsKey(id booking.ID) string { return "tickets/" + string(id) + ".pdf" }

// voidTickets cancels each ticket of a booking.
func voidTickets(ctx context.Context, tickets outbound.Tickets, id booking.ID, cancel func(*ticket.Ticket, time.Time) error, now time.Time) error {
	issued, err := tickets.ListByBooking(ctx, id)
	if err != nil {
		return err
	}
	for _, t := range issued {
		_, err := tickets.Update(ctx, t.Code(), func(t *ticket.Ticket) error { return cancel(t, now) })
		if err != nil {
			return fmt.Errorf("ticket for seat %s: %w", t.Seat(), err)
		}
	}
	return nil
}

package application

import (
	"context"

	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type ListTickets struct {
	bookings outbound.Bookings
	tickets  outbound.Tickets
}

func (uc *ListTickets) Handle(ctx context.Context, q inbound.ListTickets) ([]*ticket.Ticket, error) {
	b, err := ownBooking(ctx, uc.bookings, q.Actor, q.Booking)
	if err != nil {
		return nil, err
	}
	return uc.tickets.ListByBooking(ctx, b.ID())
}

package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type GetBooking struct {
	bookings outbound.Bookings
	shows    outbound.Shows
}

func (uc *GetBooking) Handle(ctx context.Context, q inbound.GetBooking) (*booking.Booking, error) {
	customer, notCustomer := role.AsCustomer(q.Actor)
	organiser, notOrganiser := role.AsOrganiser(q.Actor)
	if notCustomer != nil && notOrganiser != nil {
		return nil, notCustomer
	}
	b, err := uc.bookings.Get(ctx, q.Booking)
	if err != nil {
		return nil, err
	}
	if notCustomer == nil && belongsTo(b, customer) == nil {
		return b, nil
	}
	sh, err := uc.shows.Get(ctx, b.Show())
	if err != nil {
		return nil, err
	}
	if notOrganiser != nil || organisedBy(sh, organiser) != nil {
		return nil, fmt.Errorf("booking %s: %w", b.ID(), ports.ErrNotFound)
	}
	return b, nil
}

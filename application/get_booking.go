package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// GetBooking returns a booking to its customer or to an organiser of its show.
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
	if notOrganiser != nil {
		return nil, belongsTo(b, customer)
	}
	if err := uc.checkOrganises(ctx, organiser, b); err != nil {
		return nil, err
	}
	return b, nil
}

func (uc *GetBooking) checkOrganises(ctx context.Context, organiser actor.Staff, b *booking.Booking) error {
	sh, err := uc.shows.Get(ctx, b.Show())
	if err != nil {
		return err
	}
	if sh.Organisation() != organiser.Organisation {
		return fmt.Errorf("booking %s: %w", b.ID(), ports.ErrNotFound)
	}
	return nil
}

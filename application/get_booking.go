package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// GetBooking shows a booking to its customer and to the show's organiser.
type GetBooking struct {
	Bookings outbound.Bookings
	Shows    outbound.Shows
}

// Handle finds the booking.
func (uc *GetBooking) Handle(ctx context.Context, q inbound.GetBooking) (*booking.Booking, error) {
	customer, notCustomer := q.Actor.AsCustomer()
	organiser, notOrganiser := q.Actor.AsOrganiser()
	if notCustomer != nil && notOrganiser != nil {
		return nil, notCustomer
	}
	b, err := uc.Bookings.Get(ctx, q.Booking)
	if err != nil {
		return nil, err
	}
	if notCustomer == nil && belongsTo(b, customer) == nil {
		return b, nil
	}
	if notOrganiser == nil {
		return b, uc.checkOrganises(ctx, organiser, b)
	}
	return nil, belongsTo(b, customer)
}

func (uc *GetBooking) checkOrganises(ctx context.Context, organiser actor.Staff, b *booking.Booking) error {
	sh, err := uc.Shows.Get(ctx, b.Show())
	if err != nil {
		return err
	}
	if sh.Organisation() != organiser.Organisation {
		return fmt.Errorf("booking %s: %w", b.ID(), outbound.ErrNotFound)
	}
	return nil
}

package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type RequestPayment struct {
	bookings outbound.Bookings
	clock    platform.Clock
	limits   booking.Limits
}

func (uc *RequestPayment) Handle(ctx context.Context, cmd inbound.RequestPayment) (*booking.Booking, error) {
	customer, err := role.AsCustomer(cmd.Actor)
	if err != nil {
		return nil, err
	}
	return uc.bookings.StartPayment(ctx, cmd.Booking, uc.limits, func(b *booking.Booking) error {
		if err := belongsTo(b, customer); err != nil {
			return err
		}
		return b.RequestPayment(cmd.Token, uc.clock.Now())
	})
}

package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// RequestPayment starts an attempt to charge a customer for a hold. The event
// that it leaves behind makes ChargePayment ask the gateway.
type RequestPayment struct {
	Bookings outbound.Bookings
	Clock    outbound.Clock
}

// Handle starts the attempt.
func (uc *RequestPayment) Handle(ctx context.Context, cmd inbound.RequestPayment) (*booking.Booking, error) {
	customer, err := cmd.Actor.AsCustomer()
	if err != nil {
		return nil, err
	}
	return uc.Bookings.Update(ctx, cmd.Booking, func(b *booking.Booking) error {
		if err := belongsTo(b, customer); err != nil {
			return err
		}
		return b.RequestPayment(cmd.Token, uc.Clock.Now())
	})
}

package application

import (
	"context"
	"errors"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// RefundGivenUpPayment does not look up the charge before the refund, because operators
// give up a payment when its lookups fail.
type RefundGivenUpPayment struct {
	bookings outbound.Bookings
	gateway  outbound.PaymentGateway
}

func (uc *RefundGivenUpPayment) Handle(ctx context.Context, cmd inbound.RefundGivenUpPayment) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	key := booking.KeyOf(cmd.Booking, cmd.Attempt)
	if b.OwnsCharge(key) {
		return ports.None{}, nil
	}
	err = uc.gateway.Refund(ctx, key)
	if errors.Is(err, ports.ErrNotFound) { // the customer was not charged
		err = nil
	}
	return ports.None{}, err
}

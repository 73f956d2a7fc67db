package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type RefundPayment struct {
	bookings outbound.Bookings
	gateway  outbound.PaymentGateway
	clock    platform.Clock
}

func (uc *RefundPayment) Handle(ctx context.Context, cmd inbound.RefundPayment) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	if b.Refund() != booking.RefundDue {
		return ports.None{}, nil
	}
	if err := uc.gateway.Refund(ctx, b.ChargeKey()); err != nil {
		return ports.None{}, err
	}
	_, err = uc.bookings.Update(ctx, b.ID(), func(b *booking.Booking) error {
		return b.MarkRefunded(uc.clock.Now())
	})
	return ports.None{}, err
}

package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// RefundPayment pays back the charge of a cancelled booking and notes it.
type RefundPayment struct {
	Bookings outbound.Bookings
	Work     outbound.UnitOfWork
	Gateway  outbound.PaymentGateway
	Clock    outbound.Clock
}

// Handle refunds what is due.
func (uc *RefundPayment) Handle(ctx context.Context, cmd inbound.RefundPayment) (inbound.Done, error) {
	b, err := uc.Bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return inbound.Done{}, err
	}
	if b.Refund() != booking.RefundDue {
		return inbound.Done{}, nil
	}
	if err := uc.Gateway.Refund(ctx, b.ChargeKey()); err != nil {
		return inbound.Done{}, err
	}
	return inbound.Done{}, once(ctx, uc.Work, "refund-payment", cmd.Event, func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Bookings.Update(ctx, b.ID(), func(b *booking.Booking) error {
			return b.MarkRefunded(uc.Clock.Now())
		})
		return err
	})
}

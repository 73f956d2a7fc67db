package application

import (
	"context"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
)

// GiveUpPayment ends the attempt before the refund, so that nothing can confirm the
// booking after its charge was refunded. [RefundGivenUpPayment] then refunds the charge,
// and is retried while the gateway is unavailable.
type GiveUpPayment struct {
	overdue overduePayments
}

func (uc *GiveUpPayment) Handle(ctx context.Context, cmd inbound.GiveUpPayment) (*booking.Booking, error) {
	return uc.overdue.end(ctx, "GiveUpPayment", cmd.Booking, cmd.By, func(b *booking.Booking, now time.Time) error {
		return b.GiveUp(b.Attempt(), "the outcome of the payment is unknown", now)
	})
}

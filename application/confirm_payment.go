package application

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// ConfirmPayment asks the gateway first. Only if the lookup fails does it rely on what the
// operator has seen.
type ConfirmPayment struct {
	bookings outbound.Bookings
	gateway  outbound.PaymentGateway
	overdue  overduePayments
}

func (uc *ConfirmPayment) Handle(ctx context.Context, cmd inbound.ConfirmPayment) (*booking.Booking, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return nil, err
	}
	if err := uc.overdue.check(b, uc.overdue.clock.Now()); err != nil {
		return nil, err
	}
	outcome, known, err := lookUp(ctx, uc.gateway, b.ChargeKey())
	switch {
	case err != nil:
		outcome.Charge = booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}
	case !known:
		return nil, fmt.Errorf("%w: the gateway does not know it", booking.ErrNotCharged)
	case outcome.Status != outbound.Charged:
		return nil, fmt.Errorf("%w: the gateway says that it is %s", booking.ErrNotCharged, outcome.Status)
	}
	return uc.overdue.end(ctx, "ConfirmPayment", cmd.Booking, cmd.By, func(b *booking.Booking, now time.Time) error {
		return b.Confirm(outcome.Charge, now)
	})
}

package application

import (
	"context"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/outbound"
)

// lookUp returns the outcome of one attempt, if the gateway knows it.
func lookUp(ctx context.Context, gateway outbound.PaymentGateway, id booking.ID, key booking.ChargeKey) (outbound.ChargeOutcome, bool, error) {
	outcomes, err := gateway.Lookup(ctx, id)
	if err != nil {
		return outbound.ChargeOutcome{}, false, err
	}
	for _, o := range outcomes {
		if o.Charge.Key == key {
			return o, true, nil
		}
	}
	return outbound.ChargeOutcome{}, false, nil
}

// decide confirms or declines the attempt. It fails with booking.ErrNotPaying if the
// attempt has ended already.
func decide(ctx context.Context, bookings outbound.Bookings, id booking.ID, attempt int, outcome outbound.ChargeOutcome, now time.Time) error {
	_, err := bookings.Update(ctx, id, func(b *booking.Booking) error {
		if !b.IsPaying(attempt) {
			return booking.ErrNotPaying
		}
		if outcome.Status == outbound.Charged {
			return b.Confirm(outcome.Charge, now)
		}
		return b.Decline(attempt, outcome.Reason, now)
	})
	return err
}

// refundStray refunds a successful charge that the booking does not own.
func refundStray(ctx context.Context, gateway outbound.PaymentGateway, b *booking.Booking, key booking.ChargeKey) error {
	if b.OwnsCharge(key) {
		return nil
	}
	outcome, known, err := lookUp(ctx, gateway, b.ID(), key)
	if err != nil || !known || outcome.Status != outbound.Charged {
		return err
	}
	return gateway.Refund(ctx, key)
}

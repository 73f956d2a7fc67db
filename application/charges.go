package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// lookUp returns the outcome of an attempt, if the gateway knows the attempt.
func lookUp(ctx context.Context, gateway outbound.PaymentGateway, key booking.ChargeKey) (outcome outbound.ChargeOutcome, known bool, err error) {
	outcome, err = gateway.Lookup(ctx, key)
	if errors.Is(err, ports.ErrNotFound) {
		return outbound.ChargeOutcome{}, false, nil
	}
	return outcome, err == nil, err
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
	outcome, known, err := lookUp(ctx, gateway, key)
	if err != nil || !known || outcome.Status != outbound.Charged {
		return err
	}
	return gateway.Refund(ctx, key)
}

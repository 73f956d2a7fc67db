package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// ChargePayment makes the charge for one payment attempt, outside any transaction, and
// then confirms the booking or declines the attempt. It is safe to retry, because it
// first determines from the booking what is left to do.
type ChargePayment struct {
	bookings  outbound.Bookings
	gateway   outbound.PaymentGateway
	clock     platform.Clock
	payWithin time.Duration
}

// Handle returns an error if the outcome of the charge is unknown, so that the caller
// retries.
func (uc *ChargePayment) Handle(ctx context.Context, cmd inbound.ChargePayment) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	key := booking.KeyOf(cmd.Booking, cmd.Attempt)
	if !b.IsPaying(cmd.Attempt) {
		return ports.None{}, refundStray(ctx, uc.gateway, b, key)
	}
	// Do not start a charge so late that SettlePayments may miss it, because such a
	// charge may never be refunded.
	if uc.clock.Now().Sub(b.PayingSince()) >= uc.payWithin*4/5 {
		return ports.None{}, nil
	}
	outcome, err := uc.charge(ctx, outbound.ChargeRequest{Key: key, Booking: b.ID(), Amount: b.Total(), Token: cmd.Token})
	if err != nil {
		return ports.None{}, err
	}
	err = decide(ctx, uc.bookings, b.ID(), cmd.Attempt, outcome, uc.clock.Now())
	if !errors.Is(err, booking.ErrNotPaying) {
		return ports.None{}, err
	}
	// The attempt ended during the charge.
	if b, err = uc.bookings.Get(ctx, cmd.Booking); err != nil {
		return ports.None{}, err
	}
	return ports.None{}, refundStray(ctx, uc.gateway, b, key)
}

// charge makes the charge and, if the gateway does not answer, looks up the outcome. It
// fails if the gateway knows no outcome, because the request may still be in flight.
func (uc *ChargePayment) charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	outcome, unanswered := uc.gateway.Charge(ctx, r)
	if unanswered == nil {
		return outcome, nil
	}
	outcome, known, err := lookUp(ctx, uc.gateway, r.Key)
	if err != nil || !known {
		return outbound.ChargeOutcome{}, fmt.Errorf("charge %s: %w", r.Key, unanswered)
	}
	return outcome, nil
}

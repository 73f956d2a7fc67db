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

// ChargePayment asks the gateway for the money of one attempt, outside of any
// transaction, and confirms or declines the booking by the outcome.
type ChargePayment struct {
	bookings  outbound.Bookings
	gateway   outbound.PaymentGateway
	clock     platform.Clock
	payWithin time.Duration
}

func (uc *ChargePayment) Handle(ctx context.Context, cmd inbound.ChargePayment) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	key := booking.KeyOf(cmd.Booking, cmd.Attempt)
	if !b.IsPaying(cmd.Attempt) {
		return ports.None{}, refundStray(ctx, uc.gateway, b, key)
	}
	// What is asked for by now has arrived when SettlePayments looks, or never
	// will. A charge that comes in after it has found none would be lost.
	if uc.clock.Now().Sub(b.PayingSince()) >= uc.payWithin*4/5 {
		return ports.None{}, nil
	}
	outcome, err := uc.charge(ctx, outbound.ChargeRequest{Key: key, Booking: b.ID(), Amount: b.Total(), Token: cmd.Token})
	if err != nil {
		return ports.None{}, err
	}
	err = decide(ctx, uc.bookings, b.ID(), cmd.Attempt, outcome, uc.clock.Now())
	if errors.Is(err, booking.ErrNotPaying) {
		return ports.None{}, uc.refundLate(ctx, cmd.Booking, key)
	}
	return ports.None{}, err
}

// charge asks for the money and, when no answer comes, whether it was taken
// all the same. That it was not taken is no answer: the request may still be
// on its way.
func (uc *ChargePayment) charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	outcome, unanswered := uc.gateway.Charge(ctx, r)
	if unanswered == nil {
		return outcome, nil
	}
	outcome, known, err := outcomeOf(ctx, uc.gateway, r.Booking, r.Key)
	if err != nil || !known {
		return outbound.ChargeOutcome{}, fmt.Errorf("charge %s: %w", r.Key, unanswered)
	}
	return outcome, nil
}

// refundLate looks at a booking again that was decided while its charge was
// under way.
func (uc *ChargePayment) refundLate(ctx context.Context, id booking.ID, key booking.ChargeKey) error {
	b, err := uc.bookings.Get(ctx, id)
	if err != nil {
		return err
	}
	return refundStray(ctx, uc.gateway, b, key)
}

// refundStray pays back a charge that the booking does not count on: one that
// came in after the attempt was given up.
func refundStray(ctx context.Context, gateway outbound.PaymentGateway, b *booking.Booking, key booking.ChargeKey) error {
	if b.OwnsCharge(key) {
		return nil
	}
	outcome, known, err := outcomeOf(ctx, gateway, b.ID(), key)
	if err != nil || !known || outcome.Status != outbound.Charged {
		return err
	}
	return gateway.Refund(ctx, key)
}

// decide confirms or declines the attempt that is under way.
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

// outcomeOf asks the gateway what became of one attempt.
func outcomeOf(ctx context.Context, gateway outbound.PaymentGateway, id booking.ID, key booking.ChargeKey) (outbound.ChargeOutcome, bool, error) {
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

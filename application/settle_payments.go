package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// SettlePayments asks the gateway what became of charges that were not decided
// in time. A booking whose outcome stays unknown stays paying: its seats are
// not freed while money may have been taken.
type SettlePayments struct {
	Bookings  outbound.Bookings
	Gateway   outbound.PaymentGateway
	Clock     outbound.Clock
	PayWithin PayWithin
}

// Handle settles all that are due.
func (uc *SettlePayments) Handle(ctx context.Context, _ inbound.SettlePayments) (inbound.Swept, error) {
	since := uc.Clock.Now().Add(-time.Duration(uc.PayWithin))
	return sweep(ctx, uc.Bookings, outbound.Due{PayingSince: since}, func(id booking.ID) (bool, error) {
		return uc.settle(ctx, id, since)
	})
}

func (uc *SettlePayments) settle(ctx context.Context, id booking.ID, since time.Time) (bool, error) {
	b, err := uc.Bookings.Get(ctx, id)
	if err != nil {
		return false, err
	}
	if b.Status() != booking.Paying || b.PayingSince().After(since) { // decided meanwhile, or tried again
		return true, nil
	}
	outcome, known, err := outcomeOf(ctx, uc.Gateway, id, b.ChargeKey())
	if err != nil {
		return false, err
	}
	if !known {
		outcome = outbound.ChargeOutcome{Status: outbound.Declined, Reason: "the payment was not made in time"}
	}
	err = decide(ctx, uc.Bookings, id, b.Attempt(), outcome, uc.Clock.Now())
	if errors.Is(err, booking.ErrNotPaying) { // decided meanwhile
		return true, nil
	}
	return err == nil, err
}

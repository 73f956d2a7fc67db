package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// SettlePayments looks up charges whose outcome is overdue. If a lookup fails, the
// booking stays paying, because the customer may have been charged.
type SettlePayments struct {
	bookings  outbound.Bookings
	gateway   outbound.PaymentGateway
	clock     platform.Clock
	payWithin time.Duration
}

func (uc *SettlePayments) Handle(ctx context.Context, _ inbound.SettlePayments) (ports.BatchResult, error) {
	since := uc.clock.Now().Add(-uc.payWithin)
	return processDue(ctx, uc.bookings, outbound.DueFilter{PayingSince: since}, func(id booking.ID) (bool, error) {
		return uc.settle(ctx, id, since)
	})
}

func (uc *SettlePayments) settle(ctx context.Context, id booking.ID, since time.Time) (bool, error) {
	b, err := uc.bookings.Get(ctx, id)
	if err != nil {
		return false, err
	}
	if b.Status() != booking.StatusPaying || b.PayingSince().After(since) { // the attempt has an outcome, or another attempt began
		return true, nil
	}
	outcome, known, err := lookUp(ctx, uc.gateway, b.ChargeKey())
	if err != nil {
		return false, err
	}
	if !known {
		outcome = outbound.ChargeOutcome{Status: outbound.Declined, Reason: "the payment was not made in time"}
	}
	err = decide(ctx, uc.bookings, id, b.Attempt(), outcome, uc.clock.Now())
	if errors.Is(err, booking.ErrNotPaying) { // the attempt has an outcome
		return true, nil
	}
	return err == nil, err
}

package application

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// overduePayments ends overdue payments with the decision of an operator.
type overduePayments struct {
	work      outbound.UnitOfWork
	clock     platform.Clock
	payWithin time.Duration
}

// check returns booking.ErrNotPaying or booking.ErrNotOverdue unless the payment is
// overdue.
func (o overduePayments) check(b *booking.Booking, now time.Time) error {
	return b.CheckOverdue(now.Add(-o.payWithin))
}

// end applies a decision to the booking, and records it in the audit log. The command is
// the name of the use case. Errors: *invalid.Error if the operator gave no name or reason;
// booking.ErrNotPaying; booking.ErrNotOverdue.
func (o overduePayments) end(ctx context.Context, command string, id booking.ID, by inbound.Operator, decision func(b *booking.Booking, now time.Time) error) (*booking.Booking, error) {
	var c invalid.Collector
	c.Check(by.Name != "", "operator", "must not be empty")
	c.Check(by.Reason != "", "reason", "must not be empty")
	if err := c.Err(); err != nil {
		return nil, err
	}
	now := o.clock.Now()
	var ended *booking.Booking
	err := o.work.Do(ctx, func(ctx context.Context, s outbound.Stores) (err error) {
		ended, err = s.Bookings.Update(ctx, id, func(b *booking.Booking) error {
			if err := o.check(b, now); err != nil {
				return err
			}
			return decision(b, now)
		})
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, platform.AuditRecord{
			At: now, Operator: by.Name, Command: command,
			Subject: string(id), Detail: fmt.Sprint("attempt ", ended.Attempt()), Reason: by.Reason,
		})
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

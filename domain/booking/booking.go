// Package booking models a customer's claim on seats. A booking is held, paying,
// confirmed, expired or cancelled.
package booking

import (
	"fmt"
	"slices"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Limits of one booking.
const (
	MaxSeats    = 10
	MaxAttempts = 10 // to pay
)

// ID identifies a booking.
type ID string

// Booking is a claim on 1 to [MaxSeats] seats of one show. It is live while it is held,
// paying or confirmed. A seat is free exactly when no live booking claims it.
type Booking struct {
	state  Snapshot
	events []event.Event
}

// Hold claims seats for a customer for the duration holdFor. The store checks whether
// another booking has claimed them. Errors: *show.NotOnSaleError; *invalid.Error if
// labels is empty or too long, or has duplicate or unknown seats.
func Hold(id ID, sh *show.Show, customer actor.Person, labels []show.Label, now time.Time, holdFor time.Duration) (*Booking, error) {
	if err := sh.CheckOnSale(now); err != nil {
		return nil, err
	}
	seats, total, err := choose(sh.Plan(), labels)
	if err != nil {
		return nil, err
	}
	b := &Booking{state: Snapshot{
		ID: id, Show: sh.ID(), Customer: customer.ID, Email: customer.Email, Seats: seats, Total: total,
		Status: StatusHeld, HeldUntil: now.Add(holdFor), CreatedAt: now,
	}}
	b.record(SeatsHeld{Booking: id, Show: b.state.Show, Customer: b.state.Customer, Seats: b.Labels(), Total: total, HeldUntil: b.state.HeldUntil, At: now})
	return b, nil
}

func choose(plan show.Plan, labels []show.Label) ([]show.Seat, money.Money, error) {
	var c invalid.Collector
	c.Check(len(labels) > 0, "seats", "at least one seat is needed")
	if len(labels) > MaxSeats {
		c.Add("seats", "a booking has at most %d seats", MaxSeats)
		return nil, money.Money{}, c.Err()
	}
	seats := make([]show.Seat, 0, len(labels))
	var total money.Money
	for i, l := range labels {
		field := fmt.Sprintf("seats/%d", i)
		if slices.Contains(labels[:i], l) {
			c.Add(field, "duplicate seat %s", l)
			continue
		}
		seat, ok := plan.Seat(l)
		if !ok {
			c.Add(field, "the show has no seat %q", l)
			continue
		}
		sum, err := seat.Price, error(nil)
		if len(seats) > 0 {
			sum, err = total.Add(seat.Price)
		}
		if err != nil {
			return nil, money.Money{}, err
		}
		total = sum
		seats = append(seats, seat)
	}
	return seats, total, c.Err()
}

// RequestPayment starts an attempt to charge the total. The booking cannot expire until
// the attempt has an outcome. The token identifies the customer's means of payment at the
// gateway. Errors: *invalid.Error if the token is empty; ErrHoldExpired; *NotPayableError
// if the booking is not held; ErrTooManyAttempts.
func (b *Booking) RequestPayment(token string, now time.Time) error {
	if token == "" {
		var c invalid.Collector
		c.Add("paymentToken", "must not be empty")
		return c.Err()
	}
	if b.state.Status == StatusExpired || b.state.Status == StatusHeld && b.lapsed(now) {
		return ErrHoldExpired
	}
	if b.state.Status != StatusHeld {
		return &NotPayableError{Status: b.state.Status}
	}
	if b.state.Attempt >= MaxAttempts {
		return ErrTooManyAttempts
	}
	b.state.Status = StatusPaying
	b.state.Attempt++
	b.state.PayingSince = now
	b.state.Declined = ""
	b.record(PaymentRequested{Booking: b.state.ID, Attempt: b.state.Attempt, Amount: b.state.Total, Token: token, At: now})
	return nil
}

// IsPaying reports whether the attempt is in flight.
func (b *Booking) IsPaying(attempt int) bool {
	return b.state.Status == StatusPaying && b.state.Attempt == attempt
}

// Confirm ends the current attempt with a successful charge. Errors: ErrNotPaying if no
// attempt is in flight; *WrongChargeError if the charge has another key or amount.
func (b *Booking) Confirm(c Charge, now time.Time) error {
	if b.state.Status != StatusPaying {
		return ErrNotPaying
	}
	if c.Key != b.ChargeKey() || c.Amount != b.state.Total {
		return &WrongChargeError{Got: c, WantKey: b.ChargeKey(), WantAmount: b.state.Total}
	}
	b.state.Status = StatusConfirmed
	b.record(Confirmed{Booking: b.state.ID, Show: b.state.Show, Charge: c.Key, Total: b.state.Total, At: now})
	return nil
}

// Decline ends the attempt without a charge. The booking is held again, or expired if its
// hold has lapsed. Errors: ErrNotPaying unless this attempt is in flight.
func (b *Booking) Decline(attempt int, reason string, now time.Time) error {
	if !b.IsPaying(attempt) {
		return ErrNotPaying
	}
	b.state.Status = StatusHeld
	b.state.PayingSince = time.Time{}
	b.state.Declined = reason
	b.record(PaymentDeclined{Booking: b.state.ID, Attempt: attempt, Reason: reason, At: now})
	if b.lapsed(now) {
		b.expire(now)
	}
	return nil
}

// CheckOverdue returns nil if an operator may end the attempt in flight. Errors:
// ErrNotPaying; ErrNotOverdue if the attempt began after the time limit.
func (b *Booking) CheckOverdue(limit time.Time) error {
	if b.state.Status != StatusPaying {
		return ErrNotPaying
	}
	if b.state.PayingSince.After(limit) {
		return ErrNotOverdue
	}
	return nil
}

// GiveUp is like Decline, for an attempt whose outcome is unknown. If the attempt was
// charged, or is charged later, the charge must be refunded. Errors: ErrNotPaying unless
// this attempt is in flight.
func (b *Booking) GiveUp(attempt int, reason string, now time.Time) error {
	if err := b.Decline(attempt, reason, now); err != nil {
		return err
	}
	b.record(PaymentGivenUp{Booking: b.state.ID, Attempt: attempt, At: now})
	return nil
}

// Expire ends a lapsed hold. Errors: ErrNotLapsed.
func (b *Booking) Expire(now time.Time) error {
	if b.state.Status != StatusHeld || !b.lapsed(now) {
		return ErrNotLapsed
	}
	b.expire(now)
	return nil
}

func (b *Booking) expire(now time.Time) {
	b.state.Status = StatusExpired
	b.record(HoldExpired{Booking: b.state.ID, Show: b.state.Show, At: now})
}

// Cancel cancels the booking for its customer: a hold at any time, a confirmed booking
// until the show starts. Cancelling a confirmed booking makes a refund due. Cancel does
// nothing if the booking is cancelled already. Errors: *NotCancellableError.
func (b *Booking) Cancel(startsAt, now time.Time) error {
	if b.state.Status == StatusConfirmed && !now.Before(startsAt) {
		return &NotCancellableError{Status: b.state.Status, Reason: "the show has started"}
	}
	return b.CancelByShow(now)
}

// CancelByShow cancels the booking of a cancelled show, even after the show's start.
// Errors: *NotCancellableError while a payment is in flight or after the booking expired.
func (b *Booking) CancelByShow(now time.Time) error {
	switch b.state.Status {
	case StatusCancelled:
		return nil
	case StatusPaying:
		return &NotCancellableError{Status: b.state.Status, Reason: "a payment is in progress; try again when it has an outcome"}
	case StatusExpired:
		return &NotCancellableError{Status: b.state.Status, Reason: "the hold has expired"}
	}
	if b.state.Status == StatusConfirmed {
		b.state.Refund = RefundDue
	}
	b.state.Status = StatusCancelled
	b.record(Cancelled{Booking: b.state.ID, Show: b.state.Show, RefundDue: b.state.Refund == RefundDue, At: now})
	return nil
}

// MarkRefunded records that the charge was refunded. It does nothing if the refund is
// recorded already. Errors: ErrNoRefundDue.
func (b *Booking) MarkRefunded(now time.Time) error {
	switch b.state.Refund {
	case RefundPaid:
		return nil
	case RefundNone:
		return ErrNoRefundDue
	}
	b.state.Refund = RefundPaid
	b.record(Refunded{Booking: b.state.ID, Charge: b.ChargeKey(), Amount: b.state.Total, At: now})
	return nil
}

// CheckConfirmed returns ErrNotConfirmed unless the booking is confirmed.
func (b *Booking) CheckConfirmed() error {
	if b.state.Status != StatusConfirmed {
		return ErrNotConfirmed
	}
	return nil
}

// MarkTicketed records that the tickets are printed. Errors: ErrNotConfirmed.
func (b *Booking) MarkTicketed(now time.Time) error {
	if err := b.CheckConfirmed(); err != nil {
		return err
	}
	b.record(Ticketed{Booking: b.state.ID, Show: b.state.Show, At: now})
	return nil
}

func (b *Booking) lapsed(now time.Time) bool { return !now.Before(b.state.HeldUntil) }

// Matches reports whether the booking is for exactly these seats of the show, in any
// order.
func (b *Booking) Matches(id show.ID, labels []show.Label) bool {
	if b.state.Show != id || len(b.state.Seats) != len(labels) {
		return false
	}
	for _, l := range b.Labels() {
		if !slices.Contains(labels, l) {
			return false
		}
	}
	return true
}

// OwnsCharge reports whether the charge is the one in flight or the one that confirmed
// the booking, even if the booking was cancelled later.
func (b *Booking) OwnsCharge(key ChargeKey) bool {
	return key == b.ChargeKey() && (b.state.Status == StatusPaying || b.state.Status == StatusConfirmed || b.state.Refund != RefundNone)
}

// The getters return the fields of the [Snapshot], without copying slices.

func (b *Booking) ID() ID                 { return b.state.ID }
func (b *Booking) Show() show.ID          { return b.state.Show }
func (b *Booking) Customer() actor.ID     { return b.state.Customer }
func (b *Booking) Email() string          { return b.state.Email }
func (b *Booking) Seats() []show.Seat     { return b.state.Seats }
func (b *Booking) Total() money.Money     { return b.state.Total }
func (b *Booking) Status() Status         { return b.state.Status }
func (b *Booking) HeldUntil() time.Time   { return b.state.HeldUntil }
func (b *Booking) Attempt() int           { return b.state.Attempt }
func (b *Booking) PayingSince() time.Time { return b.state.PayingSince }
func (b *Booking) Declined() string       { return b.state.Declined }
func (b *Booking) Refund() RefundStatus   { return b.state.Refund }
func (b *Booking) CreatedAt() time.Time   { return b.state.CreatedAt }

// Labels returns the labels of the seats.
func (b *Booking) Labels() []show.Label {
	labels := make([]show.Label, len(b.state.Seats))
	for i, s := range b.state.Seats {
		labels[i] = s.Label
	}
	return labels
}

// ChargeKey returns the key of the current attempt.
func (b *Booking) ChargeKey() ChargeKey { return KeyOf(b.state.ID, b.state.Attempt) }

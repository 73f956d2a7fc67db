// Package booking is about a customer's claim on seats: held, paid for,
// confirmed, or given up.
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

// MaxSeats is how many seats one booking has at most.
const MaxSeats = 10

// ID identifies a booking.
type ID string

// Booking is a claim on 1 to MaxSeats seats of one show. It is live while it is
// held, paying or confirmed, and a seat is free exactly when no live booking
// claims it.
type Booking struct {
	id          ID
	show        show.ID
	customer    actor.ID
	email       string
	seats       []show.Seat
	total       money.Money
	status      Status
	heldUntil   time.Time
	attempt     int
	payingSince time.Time
	declined    string
	refund      RefundStatus
	createdAt   time.Time
	events      []event.Event
}

// Hold claims seats for a customer until now plus holdFor. It fails with
// *show.NotOnSaleError, or with *invalid.Error when the labels are none, too many,
// duplicate or not in the plan. Whether another booking claims them is for the
// store to say.
func Hold(id ID, sh *show.Show, customer actor.Person, labels []show.Label, now time.Time, holdFor time.Duration) (*Booking, error) {
	if err := sh.CheckOnSale(now); err != nil {
		return nil, err
	}
	seats, total, err := choose(sh.Plan(), labels)
	if err != nil {
		return nil, err
	}
	b := &Booking{
		id:        id,
		show:      sh.ID(),
		customer:  customer.ID,
		email:     customer.Email,
		seats:     seats,
		total:     total,
		status:    StatusHeld,
		heldUntil: now.Add(holdFor),
		createdAt: now,
	}
	b.record(SeatsHeld{Booking: id, Show: b.show, Customer: b.customer, Seats: b.Labels(), Total: total, HeldUntil: b.heldUntil, At: now})
	return b, nil
}

// choose looks the labels up in the plan and adds up their prices.
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
			c.Add(field, "seat %s is named twice", l)
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

// RequestPayment starts an attempt to charge the total; from now on the hold
// cannot lapse until the attempt is decided. The token is the gateway's name
// for the customer's means of payment. It fails with ErrHoldExpired once the
// hold has lapsed and with *NotPayableError unless the booking is held.
func (b *Booking) RequestPayment(token string, now time.Time) error {
	if token == "" {
		var c invalid.Collector
		c.Add("paymentToken", "it must not be empty")
		return c.Err()
	}
	if b.status == StatusExpired || b.status == StatusHeld && b.lapsed(now) {
		return ErrHoldExpired
	}
	if b.status != StatusHeld {
		return &NotPayableError{Status: b.status}
	}
	b.status = StatusPaying
	b.attempt++
	b.payingSince = now
	b.declined = ""
	b.record(PaymentRequested{Booking: b.id, Attempt: b.attempt, Amount: b.total, Token: token, At: now})
	return nil
}

// IsPaying tells whether the outcome of this attempt is still to come.
func (b *Booking) IsPaying(attempt int) bool {
	return b.status == StatusPaying && b.attempt == attempt
}

// Confirm ends the present attempt with a charge that stands. It fails with
// ErrNotPaying unless that attempt is under way, and with *WrongChargeError when the
// charge is not exactly for it.
func (b *Booking) Confirm(c Charge, now time.Time) error {
	if b.status != StatusPaying {
		return ErrNotPaying
	}
	if c.Key != b.ChargeKey() || c.Amount != b.total {
		return &WrongChargeError{Got: c, WantKey: b.ChargeKey(), WantAmount: b.total}
	}
	b.status = StatusConfirmed
	b.record(Confirmed{Booking: b.id, Show: b.show, Charge: c.Key, Total: b.total, At: now})
	return nil
}

// Decline ends an attempt without a charge: back to held while time is left,
// otherwise expired. It fails with ErrNotPaying unless that very attempt is
// under way.
func (b *Booking) Decline(attempt int, reason string, now time.Time) error {
	if !b.IsPaying(attempt) {
		return ErrNotPaying
	}
	b.status = StatusHeld
	b.payingSince = time.Time{}
	b.declined = reason
	b.record(PaymentDeclined{Booking: b.id, Attempt: attempt, Reason: reason, At: now})
	if b.lapsed(now) {
		b.expire(now)
	}
	return nil
}

// Expire frees the seats of a hold that has lapsed. It fails with ErrNotLapsed
// for anything else.
func (b *Booking) Expire(now time.Time) error {
	if b.status != StatusHeld || !b.lapsed(now) {
		return ErrNotLapsed
	}
	b.expire(now)
	return nil
}

func (b *Booking) expire(now time.Time) {
	b.status = StatusExpired
	b.record(HoldExpired{Booking: b.id, Show: b.show, At: now})
}

// Cancel gives the booking up for its customer: a hold at any time, a confirmed
// booking until the show starts, which makes a refund due. A cancelled booking
// stays as it is. It fails with *NotCancellableError otherwise.
func (b *Booking) Cancel(startsAt, now time.Time) error {
	if b.status == StatusConfirmed && !now.Before(startsAt) {
		return &NotCancellableError{Status: b.status, Reason: "the show has started"}
	}
	return b.CancelByShow(now)
}

// Withdraw gives the booking up because its show was called off, whatever the
// time. It fails with *NotCancellableError while a payment is under way and once
// the booking has expired.
func (b *Booking) CancelByShow(now time.Time) error {
	switch b.status {
	case StatusCancelled:
		return nil
	case StatusPaying:
		return &NotCancellableError{Status: b.status, Reason: "a payment is under way; try again when it is decided"}
	case StatusExpired:
		return &NotCancellableError{Status: b.status, Reason: "the hold has expired"}
	}
	if b.status == StatusConfirmed {
		b.refund = RefundDue
	}
	b.status = StatusCancelled
	b.record(Cancelled{Booking: b.id, Show: b.show, RefundDue: b.refund == RefundDue, At: now})
	return nil
}

// MarkRefunded notes that the charge was paid back. A refunded booking stays as
// it is. It fails with ErrNoRefundDue.
func (b *Booking) MarkRefunded(now time.Time) error {
	switch b.refund {
	case RefundPaid:
		return nil
	case RefundNone:
		return ErrNoRefundDue
	}
	b.refund = RefundPaid
	b.record(Refunded{Booking: b.id, Charge: b.ChargeKey(), Amount: b.total, At: now})
	return nil
}

// CheckConfirmed fails with ErrNotConfirmed for a booking that has no tickets.
func (b *Booking) CheckConfirmed() error {
	if b.status != StatusConfirmed {
		return ErrNotConfirmed
	}
	return nil
}

// MarkTicketed notes that the tickets are printed and can be sent. It fails
// with ErrNotConfirmed.
func (b *Booking) MarkTicketed(now time.Time) error {
	if err := b.CheckConfirmed(); err != nil {
		return err
	}
	b.record(Ticketed{Booking: b.id, Show: b.show, At: now})
	return nil
}

func (b *Booking) lapsed(now time.Time) bool { return !now.Before(b.heldUntil) }

// Matches tells whether the booking was made for these seats, in any order, of
// this show.
func (b *Booking) Matches(id show.ID, labels []show.Label) bool {
	if b.show != id || len(b.seats) != len(labels) {
		return false
	}
	for _, l := range b.Labels() {
		if !slices.Contains(labels, l) {
			return false
		}
	}
	return true
}

// OwnsCharge tells whether a charge under this key is one that the booking asked
// for and has not given up: it awaits it, was confirmed by it, or sees to its
// refund.
func (b *Booking) OwnsCharge(key ChargeKey) bool {
	return key == b.ChargeKey() && (b.status == StatusPaying || b.status == StatusConfirmed || b.refund != RefundNone)
}

// ID identifies the booking.
func (b *Booking) ID() ID { return b.id }

// Show is what the seats are for.
func (b *Booking) Show() show.ID { return b.show }

// Customer is who claims the seats.
func (b *Booking) Customer() actor.ID { return b.customer }

// Email is where the tickets are sent; it may be empty.
func (b *Booking) Email() string { return b.email }

// Seats are the places and their prices. The slice is shared: do not write to it.
func (b *Booking) Seats() []show.Seat { return b.seats }

// Labels name the seats.
func (b *Booking) Labels() []show.Label {
	labels := make([]show.Label, len(b.seats))
	for i, s := range b.seats {
		labels[i] = s.Label
	}
	return labels
}

// Total is the sum of the seats' prices.
func (b *Booking) Total() money.Money { return b.total }

// Status is where the booking stands.
func (b *Booking) Status() Status { return b.status }

// HeldUntil is when the hold lapses, in UTC.
func (b *Booking) HeldUntil() time.Time { return b.heldUntil }

// Attempt counts the payments asked for; 0 before the first.
func (b *Booking) Attempt() int { return b.attempt }

// PayingSince is when the last attempt began, unless it was declined; zero
// otherwise.
func (b *Booking) PayingSince() time.Time { return b.payingSince }

// Declined says why the last attempt was declined; empty if it was not.
func (b *Booking) Declined() string { return b.declined }

// Refund is what became of the charge of a cancelled booking.
func (b *Booking) Refund() RefundStatus { return b.refund }

// CreatedAt is when the seats were held, in UTC.
func (b *Booking) CreatedAt() time.Time { return b.createdAt }

// ChargeKey is the key of the present attempt.
func (b *Booking) ChargeKey() ChargeKey { return KeyOf(b.id, b.attempt) }

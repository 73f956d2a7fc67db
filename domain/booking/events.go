package booking

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// SeatsHeld is recorded when a booking claims its seats.
type SeatsHeld struct {
	Booking   ID
	Show      show.ID
	Customer  actor.ID
	Seats     []show.Label
	Total     money.Money
	HeldUntil time.Time
	At        time.Time
}

// PaymentRequested is recorded when a payment attempt starts. Token identifies the means
// of payment at the gateway.
type PaymentRequested struct {
	Booking ID
	Attempt int
	Amount  money.Money
	Token   string
	At      time.Time
}

// PaymentDeclined is recorded when an attempt ends without a charge.
type PaymentDeclined struct {
	Booking ID
	Attempt int
	Reason  string
	At      time.Time
}

// PaymentGivenUp is recorded, after PaymentDeclined, when an attempt ends although its
// outcome is unknown. A charge of the attempt must be refunded.
type PaymentGivenUp struct {
	Booking ID
	Attempt int
	At      time.Time
}

// Confirmed is recorded when the seats are paid for.
type Confirmed struct {
	Booking ID
	Show    show.ID
	Charge  ChargeKey
	Total   money.Money
	At      time.Time
}

// HoldExpired is recorded when a lapsed hold ends and its seats are free again.
type HoldExpired struct {
	Booking ID
	Show    show.ID
	At      time.Time
}

// Cancelled is recorded when a booking is cancelled and its seats are free again.
type Cancelled struct {
	Booking   ID
	Show      show.ID
	RefundDue bool
	At        time.Time
}

// Refunded is recorded when the charge has been refunded.
type Refunded struct {
	Booking ID
	Charge  ChargeKey
	Amount  money.Money
	At      time.Time
}

// Ticketed is recorded when the tickets are printed and can be sent.
type Ticketed struct {
	Booking ID
	Show    show.ID
	At      time.Time
}

func (SeatsHeld) EventType() string        { return "booking.held" }
func (PaymentRequested) EventType() string { return "booking.payment_requested" }
func (PaymentDeclined) EventType() string  { return "booking.payment_declined" }
func (PaymentGivenUp) EventType() string   { return "booking.payment_given_up" }
func (Confirmed) EventType() string        { return "booking.confirmed" }
func (HoldExpired) EventType() string      { return "booking.expired" }
func (Cancelled) EventType() string        { return "booking.cancelled" }
func (Refunded) EventType() string         { return "booking.refunded" }
func (Ticketed) EventType() string         { return "booking.ticketed" }

func (e SeatsHeld) OccurredAt() time.Time        { return e.At }
func (e PaymentRequested) OccurredAt() time.Time { return e.At }
func (e PaymentDeclined) OccurredAt() time.Time  { return e.At }
func (e PaymentGivenUp) OccurredAt() time.Time   { return e.At }
func (e Confirmed) OccurredAt() time.Time        { return e.At }
func (e HoldExpired) OccurredAt() time.Time      { return e.At }
func (e Cancelled) OccurredAt() time.Time        { return e.At }
func (e Refunded) OccurredAt() time.Time         { return e.At }
func (e Ticketed) OccurredAt() time.Time         { return e.At }

// Events returns the events recorded since the booking was created or loaded.
func (b *Booking) Events() []event.Event { return b.events }

func (b *Booking) record(e event.Event) { b.events = append(b.events, e) }

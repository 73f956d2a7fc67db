package booking

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Event is something that happened to a booking.
type Event interface {
	// EventType is the name that subscribers know, such as "booking.held".
	EventType() string
}

// SeatsHeld says that the seats are claimed.
type SeatsHeld struct {
	Booking   ID
	Show      show.ID
	Customer  actor.ID
	Seats     []show.Label
	Total     money.Money
	HeldUntil time.Time
	At        time.Time
}

// PaymentRequested asks for an attempt to charge the amount. Token is the
// gateway's name for the means of payment.
type PaymentRequested struct {
	Booking ID
	Attempt int
	Amount  money.Money
	Token   string
	At      time.Time
}

// PaymentDeclined says that the attempt took no money.
type PaymentDeclined struct {
	Booking ID
	Attempt int
	Reason  string
	At      time.Time
}

// BookingConfirmed says that the seats are paid for.
type BookingConfirmed struct {
	Booking ID
	Show    show.ID
	Charge  ChargeKey
	Total   money.Money
	At      time.Time
}

// HoldExpired says that the seats are free again.
type HoldExpired struct {
	Booking ID
	Show    show.ID
	At      time.Time
}

// BookingCancelled says that the seats are free again, and whether the charge
// is to be paid back.
type BookingCancelled struct {
	Booking   ID
	Show      show.ID
	RefundDue bool
	At        time.Time
}

// BookingRefunded says that the charge was paid back.
type BookingRefunded struct {
	Booking ID
	Charge  ChargeKey
	Amount  money.Money
	At      time.Time
}

// BookingTicketed says that the tickets are printed and can be sent.
type BookingTicketed struct {
	Booking ID
	Show    show.ID
	At      time.Time
}

// EventType is "booking.held".
func (SeatsHeld) EventType() string { return "booking.held" }

// EventType is "booking.payment_requested".
func (PaymentRequested) EventType() string { return "booking.payment_requested" }

// EventType is "booking.payment_declined".
func (PaymentDeclined) EventType() string { return "booking.payment_declined" }

// EventType is "booking.confirmed".
func (BookingConfirmed) EventType() string { return "booking.confirmed" }

// EventType is "booking.expired".
func (HoldExpired) EventType() string { return "booking.expired" }

// EventType is "booking.cancelled".
func (BookingCancelled) EventType() string { return "booking.cancelled" }

// EventType is "booking.refunded".
func (BookingRefunded) EventType() string { return "booking.refunded" }

// EventType is "booking.ticketed".
func (BookingTicketed) EventType() string { return "booking.ticketed" }

// Events are what happened since the booking was made or loaded, oldest first.
func (b *Booking) Events() []Event { return b.events }

func (b *Booking) record(e Event) { b.events = append(b.events, e) }

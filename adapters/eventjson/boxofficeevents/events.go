// Package boxofficeevents writes and reads the events of the box office in the JSON
// format that api/asyncapi.yaml describes.
package boxofficeevents

import (
	"time"

	"example.com/portico/adapters/eventjson"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// Codec returns a codec for all events that the box office records.
func Codec() eventjson.Codec {
	return eventjson.New(
		eventjson.Tagged(func(e *show.Created) any { return (*showCreated)(e) }),
		eventjson.Tagged(func(e *show.Opened) any { return (*showChanged)(e) }),
		eventjson.Tagged(func(e *show.Cancelled) any { return (*showChanged)(e) }),

		eventjson.Mapped(newSeatsHeld, seatsHeld.event),
		eventjson.Mapped(newPaymentRequested, paymentRequested.event),
		eventjson.Tagged(func(e *booking.PaymentDeclined) any { return (*paymentDeclined)(e) }),
		eventjson.Tagged(func(e *booking.PaymentGivenUp) any { return (*paymentGivenUp)(e) }),
		eventjson.Mapped(newBookingConfirmed, bookingConfirmed.event),
		eventjson.Tagged(func(e *booking.HoldExpired) any { return (*bookingChanged)(e) }),
		eventjson.Tagged(func(e *booking.Cancelled) any { return (*bookingCancelled)(e) }),
		eventjson.Mapped(newBookingRefunded, bookingRefunded.event),
		eventjson.Tagged(func(e *booking.Ticketed) any { return (*bookingChanged)(e) }),

		eventjson.Tagged(func(e *ticket.Issued) any { return (*ticketChanged)(e) }),
		eventjson.Tagged(func(e *ticket.Admitted) any { return (*ticketChanged)(e) }),
		eventjson.Tagged(func(e *ticket.Voided) any { return (*ticketChanged)(e) }),
	)
}

// Each JSON form has the same fields as its event, in the same order. Unless a field
// holds money, Codec converts one type to the other. The conversion does not compile if a
// field is missing.

type showCreated struct {
	Show         show.ID            `json:"showId"`
	Organisation actor.Organisation `json:"organisation"`
	Title        string             `json:"title"`
	Venue        string             `json:"venue"`
	StartsAt     time.Time          `json:"startsAt"`
	Seats        int                `json:"seats"`
	At           time.Time          `json:"at"`
}

// showChanged is the JSON form of show.opened and show.cancelled.
type showChanged struct {
	Show show.ID   `json:"showId"`
	At   time.Time `json:"at"`
}

type seatsHeld struct {
	Booking   booking.ID   `json:"bookingId"`
	Show      show.ID      `json:"showId"`
	Customer  actor.ID     `json:"customerId"`
	Seats     []show.Label `json:"seats"`
	Total     amount       `json:"total"`
	HeldUntil time.Time    `json:"heldUntil"`
	At        time.Time    `json:"at"`
}

func newSeatsHeld(e booking.SeatsHeld) seatsHeld {
	return seatsHeld{e.Booking, e.Show, e.Customer, e.Seats, newAmount(e.Total), e.HeldUntil, e.At}
}

func (w seatsHeld) event() (booking.SeatsHeld, error) {
	total, err := w.Total.money()
	return booking.SeatsHeld{
		Booking: w.Booking, Show: w.Show, Customer: w.Customer, Seats: w.Seats, Total: total, HeldUntil: w.HeldUntil, At: w.At,
	}, err
}

type paymentRequested struct {
	Booking booking.ID `json:"bookingId"`
	Attempt int        `json:"attempt"`
	Amount  amount     `json:"amount"`
	Token   string     `json:"paymentToken"`
	At      time.Time  `json:"at"`
}

func newPaymentRequested(e booking.PaymentRequested) paymentRequested {
	return paymentRequested{e.Booking, e.Attempt, newAmount(e.Amount), e.Token, e.At}
}

func (w paymentRequested) event() (booking.PaymentRequested, error) {
	sum, err := w.Amount.money()
	return booking.PaymentRequested{Booking: w.Booking, Attempt: w.Attempt, Amount: sum, Token: w.Token, At: w.At}, err
}

type paymentDeclined struct {
	Booking booking.ID `json:"bookingId"`
	Attempt int        `json:"attempt"`
	Reason  string     `json:"reason"`
	At      time.Time  `json:"at"`
}

type paymentGivenUp struct {
	Booking booking.ID `json:"bookingId"`
	Attempt int        `json:"attempt"`
	At      time.Time  `json:"at"`
}

type bookingConfirmed struct {
	Booking booking.ID        `json:"bookingId"`
	Show    show.ID           `json:"showId"`
	Charge  booking.ChargeKey `json:"chargeKey"`
	Total   amount            `json:"total"`
	At      time.Time         `json:"at"`
}

func newBookingConfirmed(e booking.Confirmed) bookingConfirmed {
	return bookingConfirmed{e.Booking, e.Show, e.Charge, newAmount(e.Total), e.At}
}

func (w bookingConfirmed) event() (booking.Confirmed, error) {
	total, err := w.Total.money()
	return booking.Confirmed{Booking: w.Booking, Show: w.Show, Charge: w.Charge, Total: total, At: w.At}, err
}

// bookingChanged is the JSON form of the booking events that have only these fields.
type bookingChanged struct {
	Booking booking.ID `json:"bookingId"`
	Show    show.ID    `json:"showId"`
	At      time.Time  `json:"at"`
}

type bookingCancelled struct {
	Booking   booking.ID `json:"bookingId"`
	Show      show.ID    `json:"showId"`
	RefundDue bool       `json:"refundDue"`
	At        time.Time  `json:"at"`
}

type bookingRefunded struct {
	Booking booking.ID        `json:"bookingId"`
	Charge  booking.ChargeKey `json:"chargeKey"`
	Amount  amount            `json:"amount"`
	At      time.Time         `json:"at"`
}

func newBookingRefunded(e booking.Refunded) bookingRefunded {
	return bookingRefunded{e.Booking, e.Charge, newAmount(e.Amount), e.At}
}

func (w bookingRefunded) event() (booking.Refunded, error) {
	sum, err := w.Amount.money()
	return booking.Refunded{Booking: w.Booking, Charge: w.Charge, Amount: sum, At: w.At}, err
}

// ticketChanged is the JSON form of every ticket event. It does not contain the ticket's
// code, which is a secret.
type ticketChanged struct {
	Booking booking.ID `json:"bookingId"`
	Show    show.ID    `json:"showId"`
	Seat    show.Label `json:"seat"`
	At      time.Time  `json:"at"`
}

type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func newAmount(m money.Money) amount {
	return amount{m.Amount(), m.Currency().String()}
}

func (a amount) money() (money.Money, error) {
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Money{}, err
	}
	return money.New(a.Amount, currency)
}

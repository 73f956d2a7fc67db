package events

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// codecs has one for every type of event that the domain records.
var codecs = map[string]codec{
	show.Created{}.EventType(): through(
		func(e show.Created) showCreated { return showCreated(e) },
		func(w showCreated) (show.Created, error) { return show.Created(w), nil }),
	show.Opened{}.EventType(): through(
		func(e show.Opened) showOpened { return showOpened(e) },
		func(w showOpened) (show.Opened, error) { return show.Opened(w), nil }),
	show.Cancelled{}.EventType(): through(
		func(e show.Cancelled) showCalledOff { return showCalledOff(e) },
		func(w showCalledOff) (show.Cancelled, error) { return show.Cancelled(w), nil }),

	booking.SeatsHeld{}.EventType():        through(newSeatsHeld, seatsHeld.event),
	booking.PaymentRequested{}.EventType(): through(newPaymentRequested, paymentRequested.event),
	booking.PaymentDeclined{}.EventType(): through(
		func(e booking.PaymentDeclined) paymentDeclined { return paymentDeclined(e) },
		func(w paymentDeclined) (booking.PaymentDeclined, error) { return booking.PaymentDeclined(w), nil }),
	booking.Confirmed{}.EventType(): through(newBookingConfirmed, bookingConfirmed.event),
	booking.HoldExpired{}.EventType(): through(
		func(e booking.HoldExpired) holdExpired { return holdExpired(e) },
		func(w holdExpired) (booking.HoldExpired, error) { return booking.HoldExpired(w), nil }),
	booking.Cancelled{}.EventType(): through(
		func(e booking.Cancelled) bookingCancelled { return bookingCancelled(e) },
		func(w bookingCancelled) (booking.Cancelled, error) { return booking.Cancelled(w), nil }),
	booking.Refunded{}.EventType(): through(newBookingRefunded, bookingRefunded.event),
	booking.Ticketed{}.EventType(): through(
		func(e booking.Ticketed) bookingTicketed { return bookingTicketed(e) },
		func(w bookingTicketed) (booking.Ticketed, error) { return booking.Ticketed(w), nil }),

	ticket.Issued{}.EventType(): through(
		func(e ticket.Issued) ticketChanged { return ticketChanged(e) },
		func(w ticketChanged) (ticket.Issued, error) { return ticket.Issued(w), nil }),
	ticket.Admitted{}.EventType(): through(
		func(e ticket.Admitted) ticketChanged { return ticketChanged(e) },
		func(w ticketChanged) (ticket.Admitted, error) { return ticket.Admitted(w), nil }),
	ticket.Voided{}.EventType(): through(
		func(e ticket.Voided) ticketChanged { return ticketChanged(e) },
		func(w ticketChanged) (ticket.Voided, error) { return ticket.Voided(w), nil }),
}

// The wire forms have the events' fields in the events' order, so that most are
// converted whole and the compiler sees a field that one of the two lacks. Only
// money needs a form of its own.

type showCreated struct {
	Show         show.ID            `json:"showId"`
	Organisation actor.Organisation `json:"organisation"`
	Title        string             `json:"title"`
	Venue        string             `json:"venue"`
	StartsAt     time.Time          `json:"startsAt"`
	Seats        int                `json:"seats"`
	At           time.Time          `json:"at"`
}

type showOpened struct {
	Show show.ID   `json:"showId"`
	At   time.Time `json:"at"`
}

type showCalledOff struct {
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

type holdExpired struct {
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

type bookingTicketed struct {
	Booking booking.ID `json:"bookingId"`
	Show    show.ID    `json:"showId"`
	At      time.Time  `json:"at"`
}

// ticketChanged is what is told of a ticket, whatever happened to it.
type ticketChanged struct {
	Booking booking.ID `json:"bookingId"`
	Show    show.ID    `json:"showId"`
	Seat    show.Label `json:"seat"`
	At      time.Time  `json:"at"`
}

// amount is money in minor units.
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

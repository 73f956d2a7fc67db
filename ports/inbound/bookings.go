package inbound

import (
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

// HoldSeats claims seats of a show for the actor, a customer, until the hold
// lapses. The same key again is answered by the booking that it made.
// Result: *booking.Booking.
type HoldSeats struct {
	Actor actor.Actor
	Show  show.ID
	Seats []show.Label
	Key   outbound.IdempotencyKey
}

// RequestPayment starts to charge the booking's total; the outcome comes after
// the answer. Result: *booking.Booking.
type RequestPayment struct {
	Actor   actor.Actor
	Booking booking.ID
	// Token is the gateway's name for the means of payment.
	Token string
}

// CancelBooking gives a booking up; a charge is refunded after the answer.
// Result: *booking.Booking.
type CancelBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}

// GetBooking asks for a booking, as its customer or the show's organiser.
// Result: *booking.Booking.
type GetBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}

// ListBookings asks for a page of bookings, the newest first: the actor's own
// or, with a show, all of that show for its organiser.
// Result: Page[*booking.Booking].
type ListBookings struct {
	Actor actor.Actor
	Show  show.ID // empty for the actor's own
	After booking.ID
	// Limit is 1 to MaxPage.
	Limit int
}

// ListTickets asks for a booking's tickets, as its customer. There are none
// until it is confirmed. Result: []*ticket.Ticket.
type ListTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}

// DownloadTickets asks for a booking's tickets as a PDF, as its customer. The
// result is to be closed. Result: io.ReadCloser. Errors: outbound.ErrNotFound
// where there are none to come, outbound.ErrUnavailable while they are being
// printed.
type DownloadTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}

// AdmitTicket lets somebody in, as the door staff of the show's organisation.
// Result: *ticket.Ticket.
type AdmitTicket struct {
	Actor actor.Actor
	Code  ticket.Code
}

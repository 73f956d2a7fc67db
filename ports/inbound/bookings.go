package inbound

import (
	"io"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
)

// HoldSeats claims seats of a show for the actor, a customer, until the hold
// lapses. The same key again is answered by the booking that it made.
type HoldSeats struct {
	Actor actor.Actor
	Show  show.ID
	Seats []show.Label
	Key   ports.IdempotencyKey
}

type HoldSeatsUseCase = ports.UseCase[HoldSeats, *booking.Booking]

// RequestPayment starts to charge the booking's total; the outcome comes after
// the answer.
type RequestPayment struct {
	Actor   actor.Actor
	Booking booking.ID
	// Token is the gateway's name for the means of payment.
	Token string
}

type RequestPaymentUseCase = ports.UseCase[RequestPayment, *booking.Booking]

// CancelBooking gives a booking up; a charge is refunded after the answer.
type CancelBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}

type CancelBookingUseCase = ports.UseCase[CancelBooking, *booking.Booking]

// GetBooking asks for a booking, as its customer or the show's organiser.
type GetBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}

type GetBookingUseCase = ports.UseCase[GetBooking, *booking.Booking]

// ListBookings asks for a page of bookings, the newest first: the actor's own
// or, with a show, all of that show for its organiser.
type ListBookings struct {
	Actor actor.Actor
	Show  show.ID // empty for the actor's own
	After booking.ID
	// Limit is 1 to ports.MaxPage.
	Limit int
}

type ListBookingsUseCase = ports.UseCase[ListBookings, ports.Page[*booking.Booking]]

// ListTickets asks for a booking's tickets, as its customer. There are none
// until it is confirmed.
type ListTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}

type ListTicketsUseCase = ports.UseCase[ListTickets, []*ticket.Ticket]

// DownloadTickets asks for a booking's tickets as a PDF, as its customer. The
// result is to be closed. Errors: ports.ErrNotFound where there are none to
// come, ports.ErrUnavailable while they are being printed.
type DownloadTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}

type DownloadTicketsUseCase = ports.UseCase[DownloadTickets, io.ReadCloser]

// AdmitTicket lets somebody in, as the door staff of the show's organisation.
type AdmitTicket struct {
	Actor actor.Actor
	Code  ticket.Code
}

type AdmitTicketUseCase = ports.UseCase[AdmitTicket, *ticket.Ticket]

package inbound

import (
	"io"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
)

// HoldSeats claims seats of a show for a customer until the hold lapses. A repeated
// request with the same key returns the existing booking.
type HoldSeats struct {
	Actor actor.Actor
	Show  show.ID
	Seats []show.Label
	Key   ports.IdempotencyKey
}
type HoldSeatsUseCase = ports.UseCase[HoldSeats, *booking.Booking]

// RequestPayment starts the payment of a booking. It does not wait for the outcome.
type RequestPayment struct {
	Actor   actor.Actor
	Booking booking.ID
	Token   string // identifies the payment method at the gateway
}
type RequestPaymentUseCase = ports.UseCase[RequestPayment, *booking.Booking]

// CancelBooking cancels a booking. Any charge is refunded later.
type CancelBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}
type CancelBookingUseCase = ports.UseCase[CancelBooking, *booking.Booking]

// GetBooking returns a booking to its customer or to an organiser of its show.
type GetBooking struct {
	Actor   actor.Actor
	Booking booking.ID
}
type GetBookingUseCase = ports.UseCase[GetBooking, *booking.Booking]

// ListBookings returns a page of bookings, newest first. Customers get their own
// bookings, and organisers get the bookings of a show.
type ListBookings struct {
	Actor actor.Actor
	Show  show.ID // empty for the customer's own bookings
	After booking.ID
	Limit int // 1 to ports.MaxPage
}
type ListBookingsUseCase = ports.UseCase[ListBookings, ports.Page[*booking.Booking]]

// ListTickets returns the tickets of a booking to its customer. The list is empty until
// the tickets are issued.
type ListTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}
type ListTicketsUseCase = ports.UseCase[ListTickets, []*ticket.Ticket]

// DownloadTickets returns the PDF of a booking's tickets to its customer. The caller must
// close the PDF. Errors: ports.ErrNotFound if the booking is not confirmed,
// ports.ErrUnavailable until the tickets are printed.
type DownloadTickets struct {
	Actor   actor.Actor
	Booking booking.ID
}
type DownloadTicketsUseCase = ports.UseCase[DownloadTickets, io.ReadCloser]

// AdmitTicket marks a ticket as used. The actor must be door staff of the show's
// organisation.
type AdmitTicket struct {
	Actor actor.Actor
	Code  ticket.Code
}
type AdmitTicketUseCase = ports.UseCase[AdmitTicket, *ticket.Ticket]

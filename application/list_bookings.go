package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// ListBookings lists a customer's own bookings or, with a show, all of that
// show for its organiser.
type ListBookings struct {
	Bookings outbound.Bookings
	Shows    outbound.Shows
}

// Handle lists a page.
func (uc *ListBookings) Handle(ctx context.Context, q inbound.ListBookings) (inbound.Page[*booking.Booking], error) {
	if err := checkLimit(q.Limit); err != nil {
		return inbound.Page[*booking.Booking]{}, err
	}
	wanted, err := uc.scope(ctx, q)
	if err != nil {
		return inbound.Page[*booking.Booking]{}, err
	}
	wanted.After, wanted.Limit = q.After, q.Limit+1
	bookings, err := uc.Bookings.List(ctx, wanted)
	if err != nil {
		return inbound.Page[*booking.Booking]{}, err
	}
	return page(bookings, q.Limit, (*booking.Booking).ID), nil
}

// scope is all of a show for its organiser, and the actor's own otherwise.
func (uc *ListBookings) scope(ctx context.Context, q inbound.ListBookings) (outbound.BookingQuery, error) {
	if q.Show == "" {
		customer, err := q.Actor.AsCustomer()
		return outbound.BookingQuery{Customer: customer.ID}, err
	}
	organiser, err := q.Actor.AsOrganiser()
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	sh, err := uc.Shows.Get(ctx, q.Show)
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	return outbound.BookingQuery{Show: sh.ID()}, organisedBy(sh, organiser)
}

package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type ListBookings struct {
	bookings outbound.Bookings
	shows    outbound.Shows
}

func (uc *ListBookings) Handle(ctx context.Context, q inbound.ListBookings) (ports.Page[*booking.Booking], error) {
	if err := checkLimit(q.Limit); err != nil {
		return ports.Page[*booking.Booking]{}, err
	}
	wanted, err := uc.scope(ctx, q)
	if err != nil {
		return ports.Page[*booking.Booking]{}, err
	}
	wanted.After, wanted.Limit = q.After, q.Limit+1
	bookings, err := uc.bookings.List(ctx, wanted)
	if err != nil {
		return ports.Page[*booking.Booking]{}, err
	}
	return page(bookings, q.Limit, (*booking.Booking).ID), nil
}

func (uc *ListBookings) scope(ctx context.Context, q inbound.ListBookings) (outbound.BookingQuery, error) {
	if q.Show == "" {
		customer, err := role.AsCustomer(q.Actor)
		if err != nil {
			return outbound.BookingQuery{}, err
		}
		return outbound.BookingQuery{Customer: customer.ID}, nil
	}
	organiser, err := role.AsOrganiser(q.Actor)
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	sh, err := uc.shows.Get(ctx, q.Show)
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	if err := organisedBy(sh, organiser); err != nil {
		return outbound.BookingQuery{}, err
	}
	return outbound.BookingQuery{Show: sh.ID()}, nil
}

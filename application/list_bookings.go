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
	wanted, err := uc.scope(ctx, q)
	if err != nil {
		return ports.Page[*booking.Booking]{}, err
	}
	wanted.After = q.After
	return readPage(q.Limit, (*booking.Booking).ID, func(limit int) ([]*booking.Booking, error) {
		wanted.Limit = limit
		return uc.bookings.List(ctx, wanted)
	})
}

func (uc *ListBookings) scope(ctx context.Context, q inbound.ListBookings) (outbound.BookingQuery, error) {
	if q.Show == "" {
		customer, err := role.AsCustomer(q.Actor)
		return outbound.BookingQuery{Customer: customer.ID}, err
	}
	organiser, err := role.AsOrganiser(q.Actor)
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	sh, err := uc.shows.Get(ctx, q.Show)
	if err != nil {
		return outbound.BookingQuery{}, err
	}
	return outbound.BookingQuery{Show: sh.ID()}, organisedBy(sh, organiser)
}

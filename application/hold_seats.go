package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// HoldSeats claims seats of a show for a customer until the hold lapses.
type HoldSeats struct {
	Shows    outbound.ShowsOnSale
	Bookings outbound.Bookings
	Clock    outbound.Clock
	IDs      outbound.IDs
	HoldFor  HoldFor
}

// HoldFor is how long seats are held for somebody who has not paid yet.
type HoldFor time.Duration

// Handle holds the seats.
func (uc *HoldSeats) Handle(ctx context.Context, cmd inbound.HoldSeats) (*booking.Booking, error) {
	customer, err := cmd.Actor.AsCustomer()
	if err != nil {
		return nil, err
	}
	sh, err := uc.Shows.Get(ctx, cmd.Show)
	if err != nil {
		return nil, err
	}
	b, refusal := booking.Hold(uc.IDs.Booking(), sh, customer, cmd.Seats, uc.Clock.Now(), time.Duration(uc.HoldFor))
	if refusal != nil {
		return uc.answerAgain(ctx, cmd, refusal)
	}
	return uc.Bookings.Add(ctx, b, cmd.Key)
}

// answerAgain gives a repeated request its first answer when the show can be
// booked no more, and the refusal to a new one.
func (uc *HoldSeats) answerAgain(ctx context.Context, cmd inbound.HoldSeats, refusal error) (*booking.Booking, error) {
	b, err := uc.Bookings.ByKey(ctx, cmd.Actor.ID(), cmd.Key)
	if errors.Is(err, outbound.ErrNotFound) {
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	if !b.AsksFor(cmd.Show, cmd.Seats) {
		return nil, outbound.ErrKeyReused
	}
	return b, nil
}

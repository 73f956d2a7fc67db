package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type HoldSeats struct {
	shows    outbound.ShowsOnSale
	bookings outbound.Bookings
	clock    platform.Clock
	ids      outbound.IDs
	holdFor  time.Duration
	limits   booking.Limits
}

func (uc *HoldSeats) Handle(ctx context.Context, cmd inbound.HoldSeats) (*booking.Booking, error) {
	customer, err := role.AsCustomer(cmd.Actor)
	if err != nil {
		return nil, err
	}
	sh, err := uc.shows.Get(ctx, cmd.Show)
	if err != nil {
		return nil, err
	}
	if err := visibleTo(sh, cmd.Actor); err != nil {
		return nil, err
	}
	b, refusal := booking.Hold(uc.ids.Booking(), sh, customer, cmd.Seats, uc.clock.Now(), uc.holdFor)
	if refusal != nil {
		return uc.replay(ctx, cmd, refusal)
	}
	return uc.bookings.Add(ctx, b, cmd.Key, uc.limits)
}

// replay returns the booking of an earlier request with the same key. If no request had
// the key, it returns the given refusal.
func (uc *HoldSeats) replay(ctx context.Context, cmd inbound.HoldSeats, refusal error) (*booking.Booking, error) {
	b, err := uc.bookings.ByKey(ctx, cmd.Actor.ID(), cmd.Key)
	switch {
	case errors.Is(err, ports.ErrNotFound):
		return nil, refusal
	case err == nil && !b.Matches(cmd.Show, cmd.Seats):
		return nil, ports.ErrIdempotencyKeyReused
	}
	return b, err
}

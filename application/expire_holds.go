package application

import (
	"context"
	"errors"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type ExpireHolds struct {
	bookings outbound.Bookings
	clock    platform.Clock
}

func (uc *ExpireHolds) Handle(ctx context.Context, _ inbound.ExpireHolds) (ports.BatchResult, error) {
	now := uc.clock.Now()
	return processDue(ctx, uc.bookings, outbound.DueFilter{LapsedAt: now}, func(id booking.ID) (bool, error) {
		_, err := uc.bookings.Update(ctx, id, func(b *booking.Booking) error { return b.Expire(now) })
		if errors.Is(err, booking.ErrNotLapsed) { // no longer held
			return true, nil
		}
		return err == nil, err
	})
}

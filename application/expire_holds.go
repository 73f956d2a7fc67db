package application

import (
	"context"
	"errors"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// ExpireHolds frees the seats of holds that have lapsed.
type ExpireHolds struct {
	Bookings outbound.Bookings
	Clock    outbound.Clock
}

// Handle expires all that have lapsed.
func (uc *ExpireHolds) Handle(ctx context.Context, _ inbound.ExpireHolds) (inbound.Swept, error) {
	now := uc.Clock.Now()
	return sweep(ctx, uc.Bookings, outbound.Due{LapsedAt: now}, func(id booking.ID) (bool, error) {
		_, err := uc.Bookings.Update(ctx, id, func(b *booking.Booking) error { return b.Expire(now) })
		if errors.Is(err, booking.ErrNotLapsed) { // paid for or given up meanwhile
			return true, nil
		}
		return err == nil, err
	})
}

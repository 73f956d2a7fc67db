package application

import (
	"context"
	"slices"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type ListOverduePayments struct {
	bookings  outbound.Bookings
	clock     platform.Clock
	payWithin time.Duration
}

func (uc *ListOverduePayments) Handle(ctx context.Context, _ inbound.ListOverduePayments) ([]*booking.Booking, error) {
	limit := uc.clock.Now().Add(-uc.payWithin)
	var overdue []*booking.Booking
	_, err := processDue(ctx, uc.bookings, outbound.DueFilter{PayingSince: limit}, func(id booking.ID) (bool, error) {
		b, err := uc.bookings.Get(ctx, id)
		if err != nil {
			return false, err
		}
		if b.CheckOverdue(limit) == nil { // the attempt may have ended since it was listed
			overdue = append(overdue, b)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(overdue, func(a, b *booking.Booking) int { return a.PayingSince().Compare(b.PayingSince()) })
	return overdue, nil
}

package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// CancelShowBookings cancels the live bookings of shows that were called off,
// each with its tickets in one step. What is left to do is read from the store
// each time, so it can stop and go on anywhere.
type CancelShowBookings struct {
	bookings outbound.Bookings
	work     outbound.UnitOfWork
	clock    platform.Clock
}

func (uc *CancelShowBookings) Handle(ctx context.Context, _ inbound.CancelShowBookings) (ports.BatchResult, error) {
	return processDue(ctx, uc.bookings, outbound.DueFilter{OfCancelledShows: true}, func(id booking.ID) (bool, error) {
		err := uc.withdraw(ctx, id, uc.clock.Now())
		if refusal := (*booking.NotCancellableError)(nil); errors.As(err, &refusal) {
			return !refusal.Status.Live(), nil // a payment has begun, or the hold has expired
		}
		return err == nil, err
	})
}

func (uc *CancelShowBookings) withdraw(ctx context.Context, id booking.ID, now time.Time) error {
	return uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		if _, err := s.Bookings.Update(ctx, id, func(b *booking.Booking) error { return b.CancelByShow(now) }); err != nil {
			return err
		}
		// Somebody who was let in before the show was called off keeps a used
		// ticket, and gets the money back like the others.
		return voidTickets(ctx, s.Tickets, id, now, keepUsed)
	})
}

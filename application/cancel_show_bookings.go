package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// CancelShowBookings cancels the live bookings of a cancelled show, or of all cancelled
// shows. It cancels each booking and its tickets in one transaction. Each run lists the
// bookings that are still live.
//
// A run for all shows also winds up those that have no live booking left, so that later
// runs need not read them.
type CancelShowBookings struct {
	shows    outbound.Shows
	bookings outbound.Bookings
	work     outbound.UnitOfWork
	clock    platform.Clock
}

func (uc *CancelShowBookings) Handle(ctx context.Context, cmd inbound.CancelShowBookings) (ports.BatchResult, error) {
	if cmd.Show != "" {
		return uc.cancelDue(ctx, outbound.DueFilter{OfCancelledShow: cmd.Show})
	}
	result, err := uc.cancelDue(ctx, outbound.DueFilter{OfCancelledShows: true})
	if ctx.Err() != nil {
		return result, err
	}
	_, failure := uc.shows.WindUp(ctx, uc.clock.Now().Add(-windUpAfter))
	return result, errors.Join(err, failure)
}

// windUpAfter is the time for which a cancelled show may still get a booking. A hold may
// read the show before it is cancelled and be stored afterwards. Every request takes less
// than a minute; the rest allows for clocks that differ.
const windUpAfter = 5 * time.Minute

func (uc *CancelShowBookings) cancelDue(ctx context.Context, due outbound.DueFilter) (ports.BatchResult, error) {
	return processDue(ctx, uc.bookings, due, func(id booking.ID) (bool, error) {
		err := uc.cancel(ctx, id)
		if refusal, ok := errors.AsType[*booking.NotCancellableError](err); ok {
			return !refusal.Status.Live(), nil // deferred while a payment is in flight, done if the hold has expired
		}
		return err == nil, err
	})
}

func (uc *CancelShowBookings) cancel(ctx context.Context, id booking.ID) error {
	now := uc.clock.Now()
	return uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Bookings.Update(ctx, id, func(b *booking.Booking) error { return b.CancelByShow(now) })
		if err != nil {
			return err
		}
		return voidTickets(ctx, s.Tickets, id, cancelUnused, now)
	})
}

// cancelUnused cancels the ticket unless it was used. A booking with a used ticket is
// refunded like any other booking.
func cancelUnused(t *ticket.Ticket, now time.Time) error {
	if t.Status() == ticket.StatusUsed {
		return nil
	}
	return t.Cancel(now)
}

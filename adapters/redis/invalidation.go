package redis

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// ForgetOn forgets the maps that events tell the change of, before it passes the
// events on to next. What could not be forgotten is reported and out of date in
// two seconds; the events go on all the same.
func (m *SeatMaps) ForgetOn(next outbound.Publisher) outbound.Publisher {
	return forgetting{m, next}
}

type forgetting struct {
	maps *SeatMaps
	next outbound.Publisher
}

func (f forgetting) Publish(ctx context.Context, events []outbound.Event) error {
	forgotten := map[show.ID]bool{}
	for _, e := range events {
		id := changedMap(e)
		if id == "" || forgotten[id] {
			continue
		}
		forgotten[id] = true
		if err := f.maps.Forget(ctx, id); err != nil {
			f.maps.cache.report(ctx, err)
		}
	}
	return f.next.Publish(ctx, events)
}

// changedMap is the show whose map an event changes; empty for none. A booking
// that is paid for keeps its seats held until it is confirmed.
func changedMap(e outbound.Event) show.ID {
	switch happened := e.Body.(type) {
	case show.Opened:
		return happened.Show
	case show.CalledOff:
		return happened.Show
	case booking.SeatsHeld:
		return happened.Show
	case booking.BookingConfirmed:
		return happened.Show
	case booking.HoldExpired:
		return happened.Show
	case booking.BookingCancelled:
		return happened.Show
	default:
		return ""
	}
}

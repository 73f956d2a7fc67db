package redis

import (
	"context"
	"slices"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/platform"
)

// ForgetOn forgets the maps that events tell the change of, once next has taken
// the events: what it does not take comes again. Maps that could not be
// forgotten are reported, and gone in two seconds.
func (m *SeatMaps) ForgetOn(next platform.Publisher) platform.Publisher {
	return forgetting{m, next}
}

type forgetting struct {
	maps *SeatMaps
	next platform.Publisher
}

func (f forgetting) Publish(ctx context.Context, events []platform.Event) error {
	if err := f.next.Publish(ctx, events); err != nil {
		return err
	}
	var changed []show.ID
	for _, e := range events {
		if id := changedMap(e); id != "" && !slices.Contains(changed, id) {
			changed = append(changed, id)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := f.maps.Forget(ctx, changed...); err != nil {
		f.maps.cache.report(ctx, err)
	}
	return nil
}

// changedMap is the show whose map an event changes; empty for none. A booking
// that is paid for keeps its seats held until it is confirmed.
func changedMap(e platform.Event) show.ID {
	switch happened := e.Body.(type) {
	case show.Opened:
		return happened.Show
	case show.Cancelled:
		return happened.Show
	case booking.SeatsHeld:
		return happened.Show
	case booking.Confirmed:
		return happened.Show
	case booking.HoldExpired:
		return happened.Show
	case booking.Cancelled:
		return happened.Show
	default:
		return ""
	}
}

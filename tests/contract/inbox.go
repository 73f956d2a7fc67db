package contract

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// RunInbox holds a store to platform.Inbox.
func RunInbox(t *testing.T, open NewStores) {
	t.Run("tells the first time of each event to each subscription", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		for _, step := range []struct {
			subscription string
			event        ports.EventID
			first        bool
		}{
			{"refunds", "event 1", true},
			{"refunds", "event 1", false},
			{"tickets", "event 1", true},
			{"refunds", "event 2", true},
			{"tickets", "event 1", false},
			{"refunds", "event 2", false},
			{"refunds", "event 1", false},
		} {
			got := stores.firstTime(t, step.subscription, step.event)
			wantEqual(t, "first time of "+string(step.event)+" for "+step.subscription, got, step.first)
		}
	})

	t.Run("tells it within one unit of work", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			for _, want := range []bool{true, false} {
				got, err := s.Inbox.FirstTime(ctx, "refunds", "event 1")
				must(t, err)
				wantEqual(t, "first time", got, want)
			}
			return nil
		}))
	})

	t.Run("forgets an event whose effect was rolled back", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		failure := errors.New("no")
		err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			first, err := s.Inbox.FirstTime(ctx, "refunds", "event 1")
			must(t, err)
			wantEqual(t, "first time", first, true)
			return failure
		})
		wantError(t, err, failure)
		wantEqual(t, "first time", stores.firstTime(t, "refunds", "event 1"), true)
	})

	t.Run("lets an event have its effect once when it comes many times at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			b := stores.held(t, stores.showOnSale(t), "A-1")
			event := ports.EventID(newID())
			atOnce(5, func(int) {
				err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					first, err := s.Inbox.FirstTime(ctx, "payments", event)
					if err != nil || !first {
						return err
					}
					_, err = s.Bookings.Update(ctx, b.ID(), func(b *booking.Booking) error {
						return errors.Join(paying(b), declined(b))
					})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			got, err := stores.Bookings.Get(t.Context(), b.ID())
			must(t, err)
			wantEqual(t, "attempts", got.Attempt(), 1)
		})
	})
}

func (s Stores) firstTime(t *testing.T, subscription string, id ports.EventID) (first bool) {
	t.Helper()
	must(t, s.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) (err error) {
		first, err = s.Inbox.FirstTime(ctx, subscription, id)
		return err
	}))
	return first
}

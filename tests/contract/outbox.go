package contract

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// RunOutbox holds a store to platform.Outbox.
func RunOutbox(t *testing.T, open NewStores) {
	t.Run("hands nothing over when it is empty", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		n, err := stores.Outbox.Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			t.Error("the hand-over was called")
			return nil
		})
		must(t, err)
		wantEqual(t, "events", n, 0)
	})

	t.Run("hands the oldest over first, up to the limit", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		ids := stores.showsWithEvents(t, 5)
		for _, want := range [][]string{ids[:2], ids[2:4], ids[4:], nil} {
			wantEqual(t, "shows of the events", stores.relay(t, 2), want)
		}
	})

	t.Run("keeps what could not be handed over, in its order", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		ids := stores.showsWithEvents(t, 4)
		failure := errors.New("no")
		n, err := stores.Outbox.Relay(t.Context(), 3, func(_ context.Context, events []platform.Event) error {
			wantEqual(t, "shows of the events", aggregates(events), ids[:3])
			return failure
		})
		wantError(t, err, failure)
		wantEqual(t, "events", n, 0)
		wantPanic(t, "no", func() {
			_, _ = stores.Outbox.Relay(t.Context(), 3, func(context.Context, []platform.Event) error { panic("no") })
		})
		wantEqual(t, "shows of the events", stores.relay(t, 10), ids)
		wantEqual(t, "shows of the events", stores.relay(t, 10), nil)
	})

	t.Run("lets others store events while it hands over", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		early := stores.showsWithEvents(t, 2)
		var late []string
		_, err := stores.Outbox.Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			late = stores.showsWithEvents(t, 2)
			return nil
		})
		must(t, err)
		wantEqual(t, "shows of the events after "+early[1], stores.relay(t, 10), late)
	})

	t.Run("counts what waits and tells when the first of it happened", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		pending := func(wantCount int, wantOldest time.Time) {
			t.Helper()
			count, oldest, err := stores.Outbox.Backlog(t.Context())
			must(t, err)
			wantEqual(t, "pending", count, wantCount)
			wantEqual(t, "oldest", oldest, wantOldest)
		}
		pending(0, time.Time{})
		first, second := newDraft(t, theGlobe, hamlet()), newDraft(t, theGlobe, hamlet())
		must(t, stores.Shows.Add(t.Context(), first))
		must(t, stores.Shows.Add(t.Context(), second))
		_, err := stores.Outbox.Relay(t.Context(), 1, func(ctx context.Context, events []platform.Event) error {
			pending(2, events[0].OccurredAt) // which may still come back
			return nil
		})
		must(t, err)
		pending(1, second.Events()[0].(show.Created).At)
		stores.relay(t, 1)
		pending(0, time.Time{})
		_, _, err = stores.Outbox.Backlog(stopped(t))
		wantError(t, err, context.Canceled)
	})

	t.Run("loses no event and never hands one to two relays at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		const adders, relays, each = 4, 4, 25
		failure := errors.New("no")
		var (
			mu     sync.Mutex
			held   = map[ports.EventID]bool{}
			handed = map[string]int{}
			calls  int
		)
		hand := func(_ context.Context, events []platform.Event) error {
			mu.Lock()
			for _, e := range events {
				if held[e.ID] {
					t.Errorf("event %s is with two relays", e.ID)
				}
				held[e.ID] = true
			}
			calls++
			fails := calls%3 == 0
			mu.Unlock()

			runtime.Gosched()

			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				delete(held, e.ID)
				if !fails {
					handed[e.Aggregate]++
				}
			}
			if fails {
				return failure
			}
			return nil
		}
		relayUntilEmpty := func() {
			for n, err := 1, error(nil); n > 0 || errors.Is(err, failure); {
				if n, err = stores.Outbox.Relay(t.Context(), 7, hand); err != nil && !errors.Is(err, failure) {
					t.Error(err)
				}
			}
		}
		var shows [adders][]*show.Show
		for i := range shows {
			for range each {
				shows[i] = append(shows[i], newDraft(t, theGlobe, hamlet()))
			}
		}
		var adding atomic.Int32
		adding.Store(adders)
		atOnce(adders+relays, func(i int) {
			if i >= adders {
				for adding.Load() > 0 {
					relayUntilEmpty()
				}
				return
			}
			defer adding.Add(-1)
			for _, sh := range shows[i] {
				if err := stores.Shows.Add(t.Context(), sh); err != nil {
					t.Error(err)
				}
			}
		})
		relayUntilEmpty()
		for _, some := range shows {
			for _, sh := range some {
				wantEqual(t, "times that the event of "+string(sh.ID())+" was handed over", handed[string(sh.ID())], 1)
			}
		}
	})

	t.Run("loses no event when contexts end at any moment", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		const relays, each = 8, 25
		ids := stores.showsWithEvents(t, relays*each)
		var (
			mu     sync.Mutex
			handed = map[string]bool{}
		)
		hand := func(_ context.Context, events []platform.Event) error {
			mu.Lock()
			defer mu.Unlock()
			for _, id := range aggregates(events) {
				handed[id] = true
			}
			return nil
		}
		atOnce(relays, func(int) {
			for n := range each {
				ctx, end := context.WithCancel(t.Context())
				ending := time.AfterFunc(time.Duration(n)*80*time.Microsecond, end)
				if _, err := stores.Outbox.Relay(ctx, 3, hand); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				ending.Stop()
				end()
			}
		})
		for n := 1; n > 0; {
			var err error
			n, err = stores.Outbox.Relay(t.Context(), 10, hand)
			must(t, err)
		}
		for _, id := range ids {
			wantEqual(t, "the event of "+id+" was handed over", handed[id], true)
		}
	})

	t.Run("does nothing for a context that has ended", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		ids := stores.showsWithEvents(t, 1)
		n, err := stores.Outbox.Relay(stopped(t), 10, func(context.Context, []platform.Event) error {
			t.Error("the hand-over was called")
			return nil
		})
		wantError(t, err, context.Canceled)
		wantEqual(t, "events", n, 0)
		wantEqual(t, "shows of the events", stores.relay(t, 10), ids)
	})
}

// showsWithEvents stores drafts, with one event each.
func (s Stores) showsWithEvents(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for range n {
		sh := newDraft(t, theGlobe, hamlet())
		must(t, s.Shows.Add(t.Context(), sh))
		ids = append(ids, string(sh.ID()))
	}
	return ids
}

// relay takes one batch and names the aggregates of its events.
func (s Stores) relay(t *testing.T, limit int) []string {
	t.Helper()
	var handed []string
	n, err := s.Outbox.Relay(t.Context(), limit, func(_ context.Context, events []platform.Event) error {
		handed = aggregates(events)
		return nil
	})
	must(t, err)
	wantEqual(t, "count of the events", n, len(handed))
	return handed
}

func aggregates(events []platform.Event) []string {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.Aggregate)
	}
	return ids
}

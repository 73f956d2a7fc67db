package contract

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// RunOutbox checks a [platform.Outbox].
func RunOutbox[S any](t *testing.T, open func(t *testing.T) Database[S]) {
	failure := errors.New("failure")

	t.Run("relays nothing while it is empty", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		n, err := db.Outbox.Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			t.Error("hand was called")
			return nil
		})
		testkit.Must(t, err)
		testkit.WantEqual(t, "events handed over", n, 0)
	})

	t.Run("relays each event completely, with a unique id", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		var want []platform.Event
		for range 3 {
			e, err := db.Record(ctx)
			testkit.Must(t, err)
			want = append(want, e)
		}
		got := RelayAll(t, db.Outbox)
		ids := map[ports.EventID]bool{"": true}
		for i, e := range got {
			if ids[e.ID] {
				t.Errorf("event id %q is empty or used twice", e.ID)
			}
			ids[e.ID] = true
			got[i].ID, got[i].Headers = "", nil
		}
		testkit.WantEqual(t, "events", got, want)
		for _, e := range got {
			testkit.WantEqual(t, "correlation id", e.CorrelationID, "request 1")
		}
	})

	t.Run("relays the oldest events first, up to the limit", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		recorded := db.record(t, 5)
		for _, want := range [][]string{recorded[:2], recorded[2:4], recorded[4:], nil} {
			testkit.WantEqual(t, "aggregates", db.relay(t, 2), want)
		}
	})

	t.Run("keeps events in order when publishing fails", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		recorded := db.record(t, 4)
		n, err := db.Outbox.Relay(t.Context(), 3, func(_ context.Context, events []platform.Event) error {
			testkit.WantEqual(t, "aggregates", aggregates(events), recorded[:3])
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantEqual(t, "events handed over", n, 0)
		testkit.WantPanic(t, "panic", func() {
			_, _ = db.Outbox.Relay(t.Context(), 3, func(context.Context, []platform.Event) error { panic("panic") })
		})
		testkit.WantEqual(t, "aggregates", db.relay(t, 10), recorded)
		testkit.WantEqual(t, "aggregates after the last", db.relay(t, 10), nil)
	})

	t.Run("lets stores write events during a relay", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		db.record(t, 2)
		var late []string
		_, err := db.Outbox.Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			late = db.record(t, 2)
			return nil
		})
		testkit.Must(t, err)
		testkit.WantEqual(t, "aggregates of the next batch", db.relay(t, 10), late)
	})

	t.Run("counts the unpublished events and returns the time of the oldest", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		wantBacklog := func(wantCount int, wantOldest time.Time) {
			t.Helper()
			count, oldest, err := db.Outbox.Backlog(t.Context())
			testkit.Must(t, err)
			testkit.WantEqual(t, "waiting events", count, wantCount)
			testkit.WantEqual(t, "time of the oldest", oldest, wantOldest)
		}
		wantBacklog(0, time.Time{})
		first, err := db.Record(t.Context())
		testkit.Must(t, err)
		second, err := db.Record(t.Context())
		testkit.Must(t, err)
		_, err = db.Outbox.Relay(t.Context(), 1, func(context.Context, []platform.Event) error {
			wantBacklog(2, first.OccurredAt) // the claimed event is not removed yet
			return nil
		})
		testkit.Must(t, err)
		wantBacklog(1, second.OccurredAt)
		db.relay(t, 1)
		wantBacklog(0, time.Time{})
		_, _, err = db.Outbox.Backlog(testkit.CancelledContext(t))
		testkit.WantError(t, err, context.Canceled)
	})

	t.Run("relays each event exactly once when relays run concurrently", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		db.wantEachRelayedOnce(t, db)
	})

	t.Run("loses no event when a relay is cancelled at an arbitrary time", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		const relays, each = 8, 25
		recorded := db.record(t, relays*each)
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
		testkit.RunConcurrently(relays, func(int) {
			for n := range each {
				ctx, cancel := context.WithCancel(t.Context())
				timer := time.AfterFunc(time.Duration(n)*80*time.Microsecond, cancel)
				if _, err := db.Outbox.Relay(ctx, 3, hand); err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("got error %v, want nil or %v", err, context.Canceled)
				}
				timer.Stop()
				cancel()
			}
		})
		for n := 1; n > 0; {
			var err error
			n, err = db.Outbox.Relay(t.Context(), 10, hand)
			testkit.Must(t, err)
		}
		for _, id := range recorded {
			testkit.WantEqual(t, "the event of "+id+" was handed over", handed[id], true)
		}
	})

	t.Run("does nothing if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		recorded := db.record(t, 1)
		n, err := db.Outbox.Relay(testkit.CancelledContext(t), 10, func(context.Context, []platform.Event) error {
			t.Error("hand was called")
			return nil
		})
		testkit.WantError(t, err, context.Canceled)
		testkit.WantEqual(t, "events handed over", n, 0)
		testkit.WantEqual(t, "aggregates", db.relay(t, 10), recorded)
	})

	t.Run("preserves the unpublished events and their order when the database is reopened", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessDurable(t, db.Reopen != nil)
		recorded := db.record(t, 5)
		testkit.WantEqual(t, "aggregates", db.relay(t, 2), recorded[:2])
		_, err := db.Outbox.Relay(t.Context(), 2, func(context.Context, []platform.Event) error { return failure })
		testkit.WantError(t, err, failure)

		db = db.Reopen(t)
		recorded = append(recorded[2:], db.record(t, 1)...)
		testkit.WantEqual(t, "aggregates after it was reopened", db.relay(t, 10), recorded)
	})

	t.Run("relays each event exactly once when two processes relay concurrently", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessShared(t, db.OpenAnother != nil)
		db.wantEachRelayedOnce(t, db.OpenAnother(t))
	})
}

// wantEachRelayedOnce checks that each event is relayed once when goroutines record and
// relay events through both db and other. A third of the batches fail.
func (db Database[S]) wantEachRelayedOnce(t *testing.T, other Database[S]) {
	t.Helper()
	const recorders, relays, each = 4, 4, 25
	failure := errors.New("failure")
	var (
		mu       sync.Mutex
		held     = map[ports.EventID]bool{}
		handed   = map[string]int{}
		recorded []string
		batches  int
	)
	hand := func(_ context.Context, events []platform.Event) error {
		mu.Lock()
		for _, e := range events {
			if held[e.ID] {
				t.Errorf("two relays hold event %s", e.ID)
			}
			held[e.ID] = true
		}
		batches++
		fails := batches%3 == 0
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
	relayUntilEmpty := func(outbox platform.Outbox) {
		for n, err := 1, error(nil); n > 0 || errors.Is(err, failure); {
			if n, err = outbox.Relay(t.Context(), 7, hand); err != nil && !errors.Is(err, failure) {
				t.Errorf("got error %v, want nil or %v", err, failure)
			}
		}
	}
	var recording atomic.Int32
	recording.Store(recorders)
	testkit.RunConcurrently(recorders+relays, func(i int) {
		db := []Database[S]{db, other}[i%2]
		if i >= recorders {
			for recording.Load() > 0 {
				relayUntilEmpty(db.Outbox)
			}
			return
		}
		defer recording.Add(-1)
		for range each {
			e, err := db.Record(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			recorded = append(recorded, e.Aggregate)
			mu.Unlock()
		}
	})
	relayUntilEmpty(db.Outbox)
	testkit.WantEqual(t, "recorded events", len(recorded), recorders*each)
	for _, id := range recorded {
		testkit.WantEqual(t, "times that the event of "+id+" was handed over", handed[id], 1)
	}
}

// record stores n events, one after another, and returns their aggregates.
func (db Database[S]) record(t *testing.T, n int) []string {
	t.Helper()
	var recorded []string
	for range n {
		e, err := db.Record(t.Context())
		testkit.Must(t, err)
		recorded = append(recorded, e.Aggregate)
	}
	return recorded
}

// relay calls Outbox.Relay once and returns the aggregates of the relayed events.
func (db Database[S]) relay(t *testing.T, limit int) []string {
	t.Helper()
	var handed []string
	n, err := db.Outbox.Relay(t.Context(), limit, func(_ context.Context, events []platform.Event) error {
		handed = aggregates(events)
		return nil
	})
	testkit.Must(t, err)
	testkit.WantEqual(t, "events handed over", n, len(handed))
	return handed
}

// RelayAll removes and returns all events in an outbox, oldest first.
func RelayAll(t *testing.T, outbox platform.Outbox) []platform.Event {
	t.Helper()
	var events []platform.Event
	for {
		n, err := outbox.Relay(t.Context(), 100, func(_ context.Context, batch []platform.Event) error {
			events = append(events, batch...)
			return nil
		})
		testkit.Must(t, err)
		if n == 0 {
			return events
		}
	}
}

func aggregates(events []platform.Event) []string {
	var ids []string
	for _, e := range events {
		ids = append(ids, e.Aggregate)
	}
	return ids
}

package application_test

import (
	"context"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// shakyBelt takes the events, and fails all the same as long as broken says so.
type failingPublisher struct {
	*capturedEvents
	broken func() bool
}

func (q failingPublisher) Publish(ctx context.Context, events []platform.Event) error {
	if err := q.capturedEvents.Publish(ctx, events); err != nil || !q.broken() {
		return err
	}
	return errInjected
}

// endingBelt takes the events while the process is told to end.
type cancellingPublisher struct {
	*capturedEvents
	end func()
}

func (q cancellingPublisher) Publish(ctx context.Context, events []platform.Event) error {
	q.end()
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.capturedEvents.Publish(ctx, events)
}

func TestRelay(t *testing.T) {
	t.Run("ends what it has begun when the process is to end", func(t *testing.T) {
		h := newHarness(t)
		h.onSale(t, hamlet())
		ctx, end := context.WithCancel(t.Context())
		h.relay.Publisher = cancellingPublisher{h.captured, end}
		handed, err := h.relay.Batch(ctx)
		must(t, err)
		wantEqual(t, "handed over", handed, 2)
		wantEqual(t, "handed over again", batch(t, h), 0)
	})

	t.Run("keeps events that could not be published", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		h.relay.Publisher = failingPublisher{h.captured, firstCalls(2)}
		for range 2 {
			_, err := h.relay.Batch(t.Context())
			wantError(t, err, errInjected)
		}
		if handed := batch(t, h); handed != 2 {
			t.Errorf("handed over %d events, want 2", handed)
		}
		wantEqual(t, "events", types(h.captured.take(), sh.ID()),
			[]string{"show.created", "show.opened", "show.created", "show.opened", "show.created", "show.opened"})
		wantEqual(t, "handed over", batch(t, h), 0)
	})

	t.Run("tells a full batch from the last", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, largeHouse())
		h.drainOutbox(t)
		for _, seat := range row("A", 400+1) {
			h.held(t, ann, sh, seat)
		}
		for _, want := range []int{400, 1, 0} {
			wantEqual(t, "handed over", batch(t, h), want)
		}
	})

	t.Run("carries the id of the request that started it all", func(t *testing.T) {
		h := newHarness(t)
		ctx := ports.WithCorrelationID(t.Context(), "request-7")
		_, err := h.CreateShow.Handle(ctx, inbound.CreateShow{Actor: olga, Spec: hamlet()})
		must(t, err)
		wantEqual(t, "correlation id", h.drainOutbox(t)[0].CorrelationID, "request-7")
	})
}

// batch relays one batch.
func batch(t *testing.T, h *harness) int {
	t.Helper()
	n, err := h.relay.Batch(t.Context())
	must(t, err)
	return n
}

package application_test

import (
	"context"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// failingPublisher takes the events, and then returns errInjected if fails() is true.
type failingPublisher struct {
	*capturedEvents
	fails func() bool
}

func (q failingPublisher) Publish(ctx context.Context, events []platform.Event) error {
	if err := q.capturedEvents.Publish(ctx, events); err != nil || !q.fails() {
		return err
	}
	return errInjected
}

// cancellingPublisher cancels the relay's context. It then takes the events, unless its
// own context is also cancelled.
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
	t.Run("finishes its batch even if the context ends", func(t *testing.T) {
		h := newHarness(t)
		h.onSale(t, hamlet())
		ctx, end := context.WithCancel(t.Context())
		h.relay.Publisher = cancellingPublisher{h.captured, end}
		relayed, err := h.relay.Batch(ctx)
		must(t, err)
		wantEqual(t, "relayed", relayed, 2)
		wantEqual(t, "relayed again", batch(t, h), 0)
	})

	t.Run("keeps events until Publish returns no error", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		h.relay.Publisher = failingPublisher{h.captured, firstCalls(2)}
		for range 2 {
			_, err := h.relay.Batch(t.Context())
			wantError(t, err, errInjected)
		}
		if relayed := batch(t, h); relayed != 2 {
			t.Errorf("relayed %d events, want 2", relayed)
		}
		wantEqual(t, "events", types(h.captured.take(), sh.ID()),
			[]string{"show.created", "show.opened", "show.created", "show.opened", "show.created", "show.opened"})
		wantEqual(t, "relayed", batch(t, h), 0)
	})

	t.Run("relays events in batches of 400", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, largeHouse())
		h.drainOutbox(t)
		for _, seat := range row("A", 400+1) {
			h.held(t, ann, sh, seat)
		}
		for _, want := range []int{400, 1, 0} {
			wantEqual(t, "relayed", batch(t, h), want)
		}
	})

	t.Run("keeps the correlation id of the request", func(t *testing.T) {
		h := newHarness(t)
		ctx := ports.WithCorrelationID(t.Context(), "request-7")
		_, err := h.CreateShow.Handle(ctx, inbound.CreateShow{Actor: olga, Spec: hamlet()})
		must(t, err)
		wantEqual(t, "correlation id", h.drainOutbox(t)[0].CorrelationID, "request-7")
	})
}

func batch(t *testing.T, h *harness) int {
	t.Helper()
	n, err := h.relay.Batch(t.Context())
	must(t, err)
	return n
}

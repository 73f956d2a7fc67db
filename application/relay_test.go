package application_test

import (
	"context"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// shakyBelt takes the events, and fails all the same as long as broken says so.
type shakyBelt struct {
	*belt
	broken func() bool
}

func (q shakyBelt) Publish(ctx context.Context, events []platform.Event) error {
	if err := q.belt.Publish(ctx, events); err != nil || !q.broken() {
		return err
	}
	return errBroken
}

// endingBelt takes the events while the process is told to end.
type endingBelt struct {
	*belt
	end func()
}

func (q endingBelt) Publish(ctx context.Context, events []platform.Event) error {
	q.end()
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.belt.Publish(ctx, events)
}

func TestRelay(t *testing.T) {
	t.Run("ends what it has begun when the process is to end", func(t *testing.T) {
		b := newBench(t)
		b.onSale(t, hamlet())
		ctx, end := context.WithCancel(t.Context())
		b.relay.Publisher = endingBelt{b.belt, end}
		handed, err := b.relay.Batch(ctx)
		must(t, err)
		wantEqual(t, "handed over", handed, 2)
		wantEqual(t, "handed over again", batch(t, b), 0)
	})

	t.Run("keeps events that could not be published", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		b.relay.Publisher = shakyBelt{b.belt, times(2)}
		for range 2 {
			_, err := b.relay.Batch(t.Context())
			wantError(t, err, errBroken)
		}
		if handed := batch(t, b); handed != 2 {
			t.Errorf("handed over %d events, want 2", handed)
		}
		wantEqual(t, "events", types(b.belt.take(), sh.ID()),
			[]string{"show.created", "show.opened", "show.created", "show.opened", "show.created", "show.opened"})
		wantEqual(t, "handed over", batch(t, b), 0)
	})

	t.Run("tells a full batch from the last", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, largeHouse())
		b.relayed(t)
		for _, seat := range row("A", 400+1) {
			b.held(t, ann, sh, seat)
		}
		for _, want := range []int{400, 1, 0} {
			wantEqual(t, "handed over", batch(t, b), want)
		}
	})

	t.Run("carries the id of the request that started it all", func(t *testing.T) {
		b := newBench(t)
		ctx := ports.WithCorrelationID(t.Context(), "request-7")
		_, err := b.CreateShow.Handle(ctx, inbound.CreateShow{Actor: olga, Spec: hamlet()})
		must(t, err)
		wantEqual(t, "correlation id", b.relayed(t)[0].CorrelationID, "request-7")
	})
}

// batch relays one batch.
func batch(t *testing.T, b *bench) int {
	t.Helper()
	n, err := b.relay.Batch(t.Context())
	must(t, err)
	return n
}

package application_test

import (
	"context"
	"testing"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// shakyBelt takes the events, and fails all the same as long as broken says so.
type shakyBelt struct {
	*belt
	broken func() bool
}

func (q shakyBelt) Publish(ctx context.Context, events []outbound.Event) error {
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

func (q endingBelt) Publish(ctx context.Context, events []outbound.Event) error {
	q.end()
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.belt.Publish(ctx, events)
}

func TestRelayEvents(t *testing.T) {
	t.Run("ends what it has begun when the process is to end", func(t *testing.T) {
		b := newBench(t)
		b.onSale(t, hamlet())
		ctx, end := context.WithCancel(t.Context())
		b.RelayEvents.Publisher = endingBelt{b.belt, end}
		handed, err := b.RelayEvents.Handle(ctx, inbound.RelayEvents{})
		must(t, err)
		wantEqual(t, "handed over", handed, 2)
		wantEqual(t, "handed over again", ask(t, &b.RelayEvents, inbound.RelayEvents{}), 0)
	})

	t.Run("keeps events that could not be published", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		b.RelayEvents.Publisher = shakyBelt{b.belt, times(2)}
		for range 2 {
			refuse(t, &b.RelayEvents, inbound.RelayEvents{}, errBroken)
		}
		if handed := ask(t, &b.RelayEvents, inbound.RelayEvents{}); handed != 2 {
			t.Errorf("handed over %d events, want 2", handed)
		}
		wantEqual(t, "events", types(b.belt.take(), sh.ID()),
			[]string{"show.created", "show.opened", "show.created", "show.opened", "show.created", "show.opened"})
		wantEqual(t, "handed over", ask(t, &b.RelayEvents, inbound.RelayEvents{}), 0)
	})

	t.Run("tells a full batch from the last", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, largeHouse())
		b.relayed(t)
		for _, seat := range row("A", inbound.RelayBatch+1) {
			b.held(t, ann, sh, seat)
		}
		for _, want := range []int{inbound.RelayBatch, 1, 0} {
			wantEqual(t, "handed over", ask(t, &b.RelayEvents, inbound.RelayEvents{}), want)
		}
	})

	t.Run("carries the id of the request that started it all", func(t *testing.T) {
		b := newBench(t)
		ctx := outbound.WithCorrelationID(t.Context(), "request-7")
		_, err := b.CreateShow.Handle(ctx, inbound.CreateShow{Actor: olga, Spec: hamlet()})
		must(t, err)
		wantEqual(t, "correlation id", b.relayed(t)[0].CorrelationID, "request-7")
	})
}

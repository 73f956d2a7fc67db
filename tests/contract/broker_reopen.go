package contract

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

func (b brokerSuite) runDurable(t *testing.T) {
	t.Run("loses no new or failed event when the broker is reopened", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 50)
		SkipUnlessDurable(t, broker.Reopen != nil)
		events := b.newEvents(20)
		testkit.Must(t, broker.Publish(t.Context(), events[:10]))
		failed := make(chan platform.Event, 1000)
		stop := broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			failed <- e
			return errors.New("failure")
		})
		for range 10 {
			testkit.Receive(t, failed)
		}
		stop()
		testkit.Must(t, broker.Publish(t.Context(), events[10:]))

		broker = broker.Reopen(t)
		broker.wantDelivered(t, events)
	})

	t.Run("loses no dead letter when the broker is reopened", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 1)
		SkipUnlessDurable(t, broker.Reopen != nil)
		events := b.newEvents(1)
		testkit.Must(t, broker.Publish(t.Context(), events))
		stop := broker.consume(t, "readers", failing)
		letters := broker.awaitLetters(t, 1)
		stop()

		broker = broker.Reopen(t)
		testkit.WantEqual(t, "dead letters", broker.letters(t), letters)
		testkit.Must(t, broker.Replay(t.Context(), letters[0].ID))
		broker.wantDelivered(t, events)
	})
}

func (b brokerSuite) runShared(t *testing.T) {
	t.Run("delivers events that another process published", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 3)
		SkipUnlessShared(t, broker.OpenAnother != nil)
		events := b.newEvents(20)
		testkit.Must(t, broker.Publish(t.Context(), events))
		broker.OpenAnother(t).wantDelivered(t, events)
	})

	t.Run("distributes the events of a subscription among the processes that consume it", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 3)
		SkipUnlessShared(t, broker.OpenAnother != nil)
		inFlight := make(chan platform.Event, 1000)
		broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			inFlight <- e
			<-t.Context().Done()
			return nil
		})
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(1)))
		testkit.Receive(t, inFlight)

		other := broker.OpenAnother(t)
		delivered := make(chan platform.Event, 1000)
		other.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			delivered <- e
			return nil
		})
		testkit.Eventually(t, "the other process gets an event", func() bool {
			testkit.Must(t, broker.Publish(t.Context(), b.newEvents(10)))
			return len(delivered) > 0
		})
	})

	t.Run("lets one process list and replay the dead letters of another", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 1)
		SkipUnlessShared(t, broker.OpenAnother != nil)
		events := b.newEvents(1)
		testkit.Must(t, broker.Publish(t.Context(), events))
		stop := broker.consume(t, "readers", failing)
		letters := broker.awaitLetters(t, 1)
		stop()

		other := broker.OpenAnother(t)
		testkit.WantEqual(t, "dead letters", other.letters(t), letters)
		testkit.Must(t, other.Replay(t.Context(), letters[0].ID))
		testkit.WantEqual(t, "dead letters after the replay", broker.letters(t), nil)
		broker.wantDelivered(t, events)
	})
}

// wantDelivered checks that b delivers the given events to the subscription "readers".
func (b Broker) wantDelivered(t *testing.T, events []platform.Event) {
	t.Helper()
	delivered := make(chan platform.Event, 1000)
	stop := b.consume(t, "readers", func(_ context.Context, e platform.Event) error {
		delivered <- e
		return nil
	})
	defer stop()
	got := map[ports.EventID]platform.Event{}
	for len(got) < len(events) {
		e := testkit.Receive(t, delivered)
		got[e.ID] = e
	}
	for _, want := range events {
		testkit.WantEqual(t, "event", got[want.ID], want)
	}
}

package contract

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

func (b brokerSuite) runDeadLetters(t *testing.T) {
	t.Run("are listed page by page, by ascending id", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 1)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(5)))
		broker.consume(t, "readers", failing)
		all := broker.awaitLetters(t, 5)
		for i := range all[1:] {
			if all[i].ID >= all[i+1].ID {
				t.Errorf("got letter %q before %q, want ascending ids", all[i].ID, all[i+1].ID)
			}
		}
		after := ""
		for _, want := range [][]platform.DeadLetter{all[:2], all[2:4], all[4:], nil} {
			page, err := broker.List(t.Context(), after, 2)
			testkit.Must(t, err)
			testkit.WantEqual(t, "page after "+after, page, want)
			if len(page) > 0 {
				after = page[len(page)-1].ID
			}
		}
	})

	t.Run("are replayed only to their own subscription, with their attempts reset", func(t *testing.T) {
		t.Parallel()
		others := platform.Subscription{Name: "others", Types: b.readers[0].Types}
		broker := b.start(t, append(b.readers[:1:1], others), 3)
		events := b.newEvents(1)
		testkit.Must(t, broker.Publish(t.Context(), events))
		toReaders, toOthers := make(chan platform.Event, 100), make(chan platform.Event, 100)
		var attempts atomic.Int32
		stop := broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			if attempts.Add(1) <= 6 {
				return errors.New("failure")
			}
			toReaders <- e
			return nil
		})
		stopOthers := broker.consume(t, "others", func(_ context.Context, e platform.Event) error {
			toOthers <- e
			return nil
		})
		testkit.Receive(t, toOthers)

		first := broker.awaitLetters(t, 1)[0]
		testkit.Must(t, broker.Replay(t.Context(), first.ID))
		second := broker.awaitLetters(t, 1)[0]
		testkit.WantEqual(t, "attempts", second.Attempts, 3)
		testkit.WantEqual(t, "event", second.Event, events[0])

		testkit.Must(t, broker.Replay(t.Context(), second.ID))
		testkit.WantEqual(t, "replayed event", testkit.Receive(t, toReaders), events[0])
		stop()
		stopOthers()
		testkit.WantEqual(t, "dead letters", broker.letters(t), nil)
		select {
		case <-toOthers:
			t.Error("the replay was delivered to a subscription that had handled the event")
		default:
		}
	})

	t.Run("are removed when they are discarded", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 1)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(2)))
		broker.consume(t, "readers", failing)
		letters := broker.awaitLetters(t, 2)
		testkit.Must(t, broker.Discard(t.Context(), letters[0].ID))
		testkit.WantEqual(t, "dead letters", broker.letters(t), letters[1:])
		_, err := broker.Get(t.Context(), letters[0].ID)
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	t.Run("are not found after they are replayed or discarded", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 1)
		testkit.WantEqual(t, "dead letters", broker.letters(t), nil)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(2)))
		stop := broker.consume(t, "readers", failing)
		letters := broker.awaitLetters(t, 2)
		stop()
		testkit.Must(t, broker.Discard(t.Context(), letters[0].ID))
		testkit.Must(t, broker.Replay(t.Context(), letters[1].ID))
		for _, id := range []string{letters[0].ID, letters[1].ID, "no such letter", ""} {
			_, err := broker.Get(t.Context(), id)
			testkit.WantError(t, err, ports.ErrNotFound)
			testkit.WantError(t, broker.Replay(t.Context(), id), ports.ErrNotFound)
			testkit.WantError(t, broker.Discard(t.Context(), id), ports.ErrNotFound)
		}
	})
}

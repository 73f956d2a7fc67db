package contract

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

func runDeadLetters(t *testing.T, start NewBroker) {
	t.Run("come page by page, by ascending id", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 1)
		must(t, broker.Publish(t.Context(), newEvents(5)))
		broker.consume(t, "openings", failing)
		all := broker.awaitLetters(t, 5)
		for i := range all[1:] {
			if all[i].ID >= all[i+1].ID {
				t.Errorf("letter %q is not before %q", all[i].ID, all[i+1].ID)
			}
		}
		after := ""
		for _, want := range [][]platform.DeadLetter{all[:2], all[2:4], all[4:], nil} {
			page, err := broker.List(t.Context(), after, 2)
			must(t, err)
			wantEqual(t, "page after "+after, page, want)
			if len(page) > 0 {
				after = page[len(page)-1].ID
			}
		}
	})

	t.Run("are replayed with all attempts before them, to their subscription alone", func(t *testing.T) {
		t.Parallel()
		both := []platform.Subscription{
			{Name: "openings", Types: []string{"show.opened"}},
			{Name: "others", Types: []string{"show.opened"}},
		}
		broker := start(t, both, 3)
		events := newEvents(1)
		must(t, broker.Publish(t.Context(), events))
		came, cameToOthers := make(chan platform.Event, 100), make(chan platform.Event, 100)
		var attempts atomic.Int32
		stop := broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			if attempts.Add(1) <= 6 {
				return errors.New("no")
			}
			came <- e
			return nil
		})
		stopOthers := broker.consume(t, "others", func(_ context.Context, e platform.Event) error {
			cameToOthers <- e
			return nil
		})
		await(t, cameToOthers)

		first := broker.awaitLetters(t, 1)[0]
		must(t, broker.Replay(t.Context(), first.ID))
		second := broker.awaitLetters(t, 1)[0]
		wantEqual(t, "attempts", second.Attempts, 3)
		wantEqual(t, "event", second.Event, events[0])

		must(t, broker.Replay(t.Context(), second.ID))
		wantEqual(t, "replayed event", await(t, came), events[0])
		stop()
		stopOthers()
		wantEqual(t, "dead letters", broker.letters(t), nil)
		select {
		case <-cameToOthers:
			t.Error("the replay came to a subscription that had handled the event")
		default:
		}
	})

	t.Run("are gone once discarded", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 1)
		must(t, broker.Publish(t.Context(), newEvents(2)))
		broker.consume(t, "openings", failing)
		letters := broker.awaitLetters(t, 2)
		must(t, broker.Discard(t.Context(), letters[0].ID))
		wantEqual(t, "dead letters", broker.letters(t), letters[1:])
		_, err := broker.Get(t.Context(), letters[0].ID)
		wantError(t, err, ports.ErrNotFound)
	})

	t.Run("are not found when they are not there", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 1)
		wantEqual(t, "dead letters", broker.letters(t), nil)
		must(t, broker.Publish(t.Context(), newEvents(2)))
		stop := broker.consume(t, "openings", failing)
		letters := broker.awaitLetters(t, 2)
		stop()
		must(t, broker.Discard(t.Context(), letters[0].ID))
		must(t, broker.Replay(t.Context(), letters[1].ID))
		for _, id := range []string{letters[0].ID, letters[1].ID, "no such letter", ""} {
			_, err := broker.Get(t.Context(), id)
			wantError(t, err, ports.ErrNotFound)
			wantError(t, broker.Replay(t.Context(), id), ports.ErrNotFound)
			wantError(t, broker.Discard(t.Context(), id), ports.ErrNotFound)
		}
	})
}

package contract

import (
	"context"
	"errors"
	"sync"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

func (b brokerSuite) runConcurrency(t *testing.T) {
	t.Run("delivers other events while one fails and another is in flight", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 2)
		events := b.newEvents(40)
		testkit.Must(t, broker.Publish(t.Context(), events))
		poison, slow := events[0].ID, events[1].ID
		othersHandled := make(chan struct{})
		var mu sync.Mutex
		left := map[ports.EventID]bool{}
		for _, e := range events[2:] {
			left[e.ID] = true
		}
		broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			switch e.ID {
			case poison:
				return errors.New("failure")
			case slow:
				select {
				case <-othersHandled:
				case <-t.Context().Done():
				}
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if left[e.ID] {
				delete(left, e.ID)
				if len(left) == 0 {
					close(othersHandled)
				}
			}
			return nil
		})
		testkit.Receive(t, othersHandled)
		testkit.WantEqual(t, "dead letter", broker.awaitLetters(t, 1)[0].Event.ID, poison)
	})

	t.Run("delivers several events concurrently", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 3)
		const several = 4
		events := b.newEvents(1 + several)
		handled := make(chan struct{}, 100)
		var inFlight sync.WaitGroup
		inFlight.Add(several)
		allInFlight := make(chan struct{})
		go func() {
			inFlight.Wait()
			close(allInFlight)
		}()
		var began sync.Map
		broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			if _, again := began.LoadOrStore(e.ID, true); !again && e.ID != events[0].ID {
				inFlight.Done()
				select {
				case <-allInFlight:
				case <-t.Context().Done():
				}
			}
			handled <- struct{}{}
			return nil
		})
		testkit.Must(t, broker.Publish(t.Context(), events[:1]))
		testkit.Receive(t, handled)
		testkit.Must(t, broker.Publish(t.Context(), events[1:]))
		for range several {
			testkit.Receive(t, handled)
		}
	})

	t.Run("delivers every event despite concurrent publishers and initial handler failures", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 5)
		events := b.newEvents(500)
		var mu sync.Mutex
		attempts := map[ports.EventID]int{}
		handled := map[ports.EventID]bool{}
		allHandled := make(chan struct{})
		stop := broker.consume(t, "readers", func(_ context.Context, e platform.Event) error {
			mu.Lock()
			defer mu.Unlock()
			attempts[e.ID]++
			if attempts[e.ID] == 1 && len(attempts)%7 == 0 {
				return errors.New("failure")
			}
			if !handled[e.ID] {
				handled[e.ID] = true
				if len(handled) == len(events) {
					close(allHandled)
				}
			}
			return nil
		})
		testkit.RunConcurrently(4, func(i int) {
			const each = 125
			mine := events[i*each : (i+1)*each]
			for len(mine) > 0 {
				if err := broker.Publish(t.Context(), mine[:25]); err != nil {
					t.Errorf("publish: %v", err)
				}
				mine = mine[25:]
			}
		})
		testkit.Receive(t, allHandled)
		stop()
		testkit.WantEqual(t, "dead letters", broker.letters(t), nil)
	})
}

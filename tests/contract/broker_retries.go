package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

func (b brokerSuite) runRetries(t *testing.T) {
	t.Run("delivers an event again after an error and after a panic", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 3)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(1)))
		numbers := make(chan int, 100)
		var attempts atomic.Int32
		stop := broker.consume(t, "readers", func(context.Context, platform.Event) error {
			attempt := int(attempts.Add(1))
			numbers <- attempt
			switch attempt {
			case 1:
				return errors.New("failure")
			case 2:
				panic("failure")
			}
			return nil
		})
		for want := range 3 {
			testkit.WantEqual(t, "attempt", testkit.Receive(t, numbers), want+1)
		}
		stop()
		testkit.WantEqual(t, "dead letters", broker.letters(t), nil)
	})

	t.Run("delays each retry longer than the one before", func(t *testing.T) {
		t.Parallel()
		const attempts = 4
		broker := b.start(t, b.readers, attempts)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(1)))
		times := make(chan time.Time, 100)
		broker.consume(t, "readers", func(context.Context, platform.Event) error {
			times <- time.Now()
			return errors.New("failure")
		})
		last := testkit.Receive(t, times)
		for attempt := 1; attempt < attempts; attempt++ {
			if attempt > 1 && broker.Delay(attempt) <= broker.Delay(attempt-1) {
				t.Errorf("got a delay of %s after attempt %d, want more than %s", broker.Delay(attempt), attempt, broker.Delay(attempt-1))
			}
			next := testkit.Receive(t, times)
			// Allow for brokers that measure time in whole milliseconds.
			if waited := next.Sub(last) + time.Millisecond; waited < broker.Delay(attempt) {
				t.Errorf("got the next attempt %s after attempt %d, want %s at least", waited, attempt, broker.Delay(attempt))
			}
			last = next
		}
	})

	t.Run("moves an event to the dead letters after a permanent failure", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name      string
			permanent int // the attempt that fails permanently
		}{
			{"at the first attempt", 1},
			{"at a later attempt", 2},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				broker := b.start(t, b.readers, 5)
				events := b.newEvents(1)
				testkit.Must(t, broker.Publish(t.Context(), events))
				var attempts, handled atomic.Int32
				stop := broker.consume(t, "readers", func(context.Context, platform.Event) error {
					switch attempt := int(attempts.Add(1)); {
					case attempt < tt.permanent:
						return errors.New("failure")
					case attempt == tt.permanent:
						return fmt.Errorf("notify ann: %w: no such mailbox", platform.ErrPermanent)
					}
					handled.Add(1)
					return nil
				})
				letter := broker.awaitLetters(t, 1)[0]
				testkit.WantEqual(t, "event", letter.Event, events[0])
				testkit.WantEqual(t, "attempts", letter.Attempts, tt.permanent)
				testkit.WantEqual(t, "reason", letter.Reason, "notify ann: permanent failure: no such mailbox")

				testkit.Must(t, broker.Replay(t.Context(), letter.ID))
				testkit.Eventually(t, "the replayed event is handled", func() bool { return handled.Load() == 1 })
				stop()
				testkit.WantEqual(t, "dead letters", broker.letters(t), nil)
			})
		}
	})

	t.Run("moves an event to the dead letters if every attempt fails", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name     string
			attempts int
			reason   string
			fail     func(attempt int) error
		}{
			{"after one attempt", 1, "no seats left 1", func(attempt int) error { return fmt.Errorf("no seats left %d", attempt) }},
			{"after several attempts", 3, "no seats left 3", func(attempt int) error { return fmt.Errorf("no seats left %d", attempt) }},
			{"after panics", 2, "out of luck 2", func(attempt int) error { panic(fmt.Sprintf("out of luck %d", attempt)) }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				broker := b.start(t, b.readers, tt.attempts)
				events := b.newEvents(1)
				before := time.Now().Truncate(time.Microsecond)
				testkit.Must(t, broker.Publish(t.Context(), events))
				var attempts atomic.Int32
				broker.consume(t, "readers", func(context.Context, platform.Event) error {
					return tt.fail(int(attempts.Add(1)))
				})
				letter := broker.awaitLetters(t, 1)[0]
				testkit.WantEqual(t, "subscription", letter.Subscription, "readers")
				testkit.WantEqual(t, "event", letter.Event, events[0])
				testkit.WantEqual(t, "attempts", letter.Attempts, tt.attempts)
				if !strings.Contains(letter.Reason, tt.reason) {
					t.Errorf("got reason %q, want it to contain %q", letter.Reason, tt.reason)
				}
				if letter.At.Before(before) || letter.At.After(time.Now()) || letter.At.Location() != time.UTC {
					t.Errorf("got time %s, want now, in UTC", letter.At)
				}
				got, err := broker.Get(t.Context(), letter.ID)
				testkit.Must(t, err)
				testkit.WantEqual(t, "dead letter", got, letter)
			})
		}
	})
}

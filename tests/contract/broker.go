package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Broker holds all ports of one broker.
type Broker struct {
	platform.Publisher
	platform.Subscriber
	platform.DeadLetters
	// Delay returns the minimum delay after the given attempt. The first attempt is 1.
	Delay func(attempt int) time.Duration

	// Reopen closes the broker and opens it again. It is nil if the broker is not
	// durable.
	Reopen func(t *testing.T) Broker
	// OpenAnother opens the same broker a second time, as another process would. It is
	// nil if the broker is not shared.
	OpenAnother func(t *testing.T) Broker
}

// StartBroker starts an empty broker for the duration of the test. The broker makes at
// most the given number of attempts per event, with short delays.
type StartBroker func(t *testing.T, subscriptions []platform.Subscription, attempts int) Broker

// RunBroker checks a [platform.Publisher], [platform.Subscriber] and
// [platform.DeadLetters] with the caller's events.
func RunBroker(t *testing.T, events Events, start StartBroker) {
	b := brokerSuite{events: events, start: start, readers: []platform.Subscription{{Name: "readers", Types: []string{events.New().Type}}}}
	t.Run("delivery", b.runDelivery)
	t.Run("retries", b.runRetries)
	t.Run("concurrency", b.runConcurrency)
	t.Run("dead letters", b.runDeadLetters)
	t.Run("durable", b.runDurable)
	t.Run("shared", b.runShared)
}

type brokerSuite struct {
	events Events
	start  StartBroker
	// readers holds one subscription to the events that newEvents makes.
	readers []platform.Subscription
}

func (b brokerSuite) newEvents(n int) []platform.Event {
	events := make([]platform.Event, n)
	for i := range events {
		events[i] = b.events.New()
	}
	return events
}

func (b brokerSuite) runDelivery(t *testing.T) {
	t.Run("delivers to each subscription the events of its types and no others", func(t *testing.T) {
		t.Parallel()
		events := b.events.OfEachType()
		var types []string
		for _, e := range events {
			types = append(types, e.Type)
		}
		if len(types) < 2 {
			t.Fatalf("got samples of the types %q, want two types at least", types)
		}
		last := len(types) - 1
		subscriptions := []platform.Subscription{
			{Name: "first", Types: types[:1]},
			{Name: "others", Types: types[1:]},
			{Name: "last", Types: types[last:]},
		}
		broker := b.start(t, subscriptions, 3)
		testkit.Must(t, broker.Publish(t.Context(), nil))
		testkit.Must(t, broker.Publish(t.Context(), events))

		for _, s := range subscriptions {
			delivered := make(chan string, 100)
			broker.consume(t, s.Name, func(_ context.Context, e platform.Event) error {
				delivered <- e.Type
				return nil
			})
			missing := map[string]bool{}
			for _, eventType := range s.Types {
				missing[eventType] = true
			}
			for len(missing) > 0 {
				got := testkit.Receive(t, delivered)
				if !slices.Contains(s.Types, got) {
					t.Errorf("subscription %s: got an event of type %s, want one of %q", s.Name, got, s.Types)
				}
				delete(missing, got)
			}
		}
	})

	t.Run("delivers events of every type completely, with the correlation id in the context", func(t *testing.T) {
		t.Parallel()
		events := b.events.OfEachType()
		all := platform.Subscription{Name: "all"}
		for _, e := range events {
			all.Types = append(all.Types, e.Type)
		}
		broker := b.start(t, []platform.Subscription{all}, 3)
		testkit.Must(t, broker.Publish(t.Context(), events))

		delivered := make(chan platform.Event, 100)
		broker.consume(t, "all", func(ctx context.Context, e platform.Event) error {
			if id := ports.CorrelationID(ctx); id != e.CorrelationID {
				t.Errorf("got correlation id %q in the context, want the event's, %q", id, e.CorrelationID)
			}
			delivered <- e
			return nil
		})
		got := map[ports.EventID]platform.Event{}
		for len(got) < len(events) {
			e := testkit.Receive(t, delivered)
			got[e.ID] = e
		}
		for _, want := range events {
			testkit.WantEqual(t, "event of type "+want.Type, got[want.ID], want)
		}
	})

	t.Run("lets running handlers finish after the context ends, and waits for them", func(t *testing.T) {
		t.Parallel()
		broker := b.start(t, b.readers, 3)
		testkit.Must(t, broker.Publish(t.Context(), b.newEvents(1)))
		began, finish, returned := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		finished := false
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			returned <- broker.Consume(ctx, "readers", func(ctx context.Context, _ platform.Event) error {
				close(began)
				<-finish
				if err := ctx.Err(); err != nil {
					t.Errorf("the handler's context ended: %v", err)
				}
				finished = true
				return nil
			})
		}()
		testkit.Receive(t, began)
		stop()
		select {
		case err := <-returned:
			t.Errorf("Consume returned %v before its handler did", err)
		default:
		}
		close(finish)
		testkit.Must(t, testkit.Receive(t, returned))
		testkit.WantEqual(t, "the handler finished", finished, true)
		testkit.Must(t, broker.Consume(ctx, "readers", func(context.Context, platform.Event) error {
			t.Error("an event was delivered after the end")
			return nil
		}))
	})
}

func failing(context.Context, platform.Event) error { return errors.New("failure") }

// consume handles the events of a subscription until stop is called or the test ends.
func (b Broker) consume(t *testing.T, subscription string, handle func(context.Context, platform.Event) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- b.Consume(ctx, subscription, handle) }()
	stop = sync.OnceFunc(func() {
		t.Helper()
		cancel()
		if err := <-returned; err != nil {
			t.Errorf("Consume: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (b Broker) letters(t *testing.T) []platform.DeadLetter {
	t.Helper()
	letters, err := b.List(t.Context(), "", 100)
	testkit.Must(t, err)
	return letters
}

// awaitLetters waits until there are n dead letters.
func (b Broker) awaitLetters(t *testing.T, n int) (letters []platform.DeadLetter) {
	t.Helper()
	testkit.Eventually(t, fmt.Sprintf("there are %d dead letters", n), func() bool {
		letters = b.letters(t)
		return len(letters) == n
	})
	return letters
}

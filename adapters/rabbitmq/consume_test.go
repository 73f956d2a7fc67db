package rabbitmq_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestConsume(t *testing.T) {
	t.Run("loses none of 2,000 events when connections are cut under load", func(t *testing.T) {
		t.Parallel()
		const each = 1000
		p := servers.Proxy(t, servers.RabbitMQ(t))
		var losses atomic.Int32
		report := func(_ context.Context, err error) {
			if errors.Is(err, ports.ErrUnavailable) {
				losses.Add(1)
			}
		}
		var mu sync.Mutex
		seen, handled := map[ports.EventID]bool{}, map[ports.EventID]bool{}
		allHandled := make(chan struct{})
		handle := func(_ context.Context, e platform.Event) error {
			mu.Lock()
			defer mu.Unlock()
			first := !seen[e.ID]
			seen[e.ID] = true
			if first && len(seen)%7 == 0 {
				return errors.New("no paper")
			}
			if handled[e.ID] {
				return nil
			}
			handled[e.ID] = true
			if n := len(handled); n == 2*each {
				close(allHandled)
			} else if n%300 == 0 {
				p.Drop()
			}
			return nil
		}
		var publishing sync.WaitGroup
		for range 2 {
			b, err := declared(t.Context(), p.URL, notes, threeAttempts, report)
			testkit.Must(t, err)
			t.Cleanup(func() { b.Close() })
			consume(t, b, handle)
			publishing.Go(func() {
				for events := newEvents(each); len(events) > 0; {
					if b.Publish(t.Context(), events[:50]) == nil {
						events = events[50:]
					}
				}
			})
		}
		publishing.Wait()
		await(t, allHandled)
		if losses.Load() == 0 {
			t.Error("no lost connection was reported")
		}
		wantLetters(t, open(t, p.URL), 0)
	})

	t.Run("delivers an event again if its handler outlived the connection", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		handled := make(chan bool, 100)
		var times atomic.Int32
		consume(t, b, func(ctx context.Context, _ platform.Event) error {
			again := times.Add(1) > 1
			if !again {
				p.Cut()
				testkit.WantError(t, b.Ping(ctx), ports.ErrUnavailable)
				p.Restore()
			}
			handled <- again
			return nil
		})
		wantEqual(t, "again", await(t, handled), false)
		wantEqual(t, "again", await(t, handled), true)
		wantLetters(t, b, 0)
	})

	t.Run("starts while the broker is unavailable", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		lost := make(chan error, 1000)
		b, err := declared(t.Context(), p.URL, notes, threeAttempts, func(_ context.Context, err error) { lost <- err })
		testkit.Must(t, err)
		t.Cleanup(func() { b.Close() })
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		p.Cut()
		handled := make(chan struct{})
		consume(t, b, func(context.Context, platform.Event) error {
			close(handled)
			return nil
		})
		testkit.WantError(t, await(t, lost), ports.ErrUnavailable)
		p.Restore()
		await(t, handled)
	})

	t.Run("can be stopped while the broker is unavailable", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		lost := make(chan error, 1000)
		b, err := declared(t.Context(), p.URL, notes, threeAttempts, func(_ context.Context, err error) { lost <- err })
		testkit.Must(t, err)
		t.Cleanup(func() { b.Close() })
		p.Cut()
		stop := consume(t, b, func(context.Context, platform.Event) error { return nil })
		testkit.WantError(t, await(t, lost), ports.ErrUnavailable)
		stop()
	})

	t.Run("redeclares a deleted queue", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		handled := make(chan struct{}, 100)
		consume(t, b, func(context.Context, platform.Event) error {
			handled <- struct{}{}
			return nil
		})
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		await(t, handled)
		_, err := ch.QueueDelete("test.notes", false, false, false)
		testkit.Must(t, err)
		testkit.Eventually(t, "an event is published", func() bool { return b.Publish(t.Context(), newEvents(1)) == nil })
		await(t, handled)
	})

	t.Run("handles at most eight events at once, and prefetches at most sixteen", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		testkit.Must(t, b.Publish(t.Context(), newEvents(200)))
		var under, most, handled atomic.Int32
		began, goOn, all := make(chan struct{}, 200), make(chan struct{}), make(chan struct{})
		consume(t, b, func(context.Context, platform.Event) error {
			n := under.Add(1)
			defer under.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			began <- struct{}{}
			await(t, goOn)
			if handled.Add(1) == 200 {
				close(all)
			}
			return nil
		})
		for range 8 {
			await(t, began)
		}
		testkit.Eventually(t, "events are prefetched", func() bool { return readyIn(t, ch, "test.notes") <= 200-16 })
		wantEqual(t, "left to others", readyIn(t, ch, "test.notes"), 200-16)
		close(goOn)
		await(t, all)
		wantEqual(t, "most at once", most.Load(), 8)
	})

	t.Run("acknowledges exactly the handled events when it stops", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		testkit.Must(t, b.Publish(t.Context(), newEvents(100)))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var handled atomic.Int32
		testkit.Must(t, b.Consume(ctx, "notes", func(context.Context, platform.Event) error {
			if handled.Add(1) == 50 {
				stop()
			}
			return nil
		}))
		if n := handled.Load(); n >= 50+8 {
			t.Errorf("%d events were delivered, want fewer than 58", n)
		}
		left := 100 - int(handled.Load())
		testkit.Eventually(t, "events are returned", func() bool { return readyIn(t, ch, "test.notes") >= left })
		wantEqual(t, "events left", readyIn(t, ch, "test.notes"), left)
	})

	t.Run("dead-letters an invalid event, and continues", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		for _, body := range []string{"invalid JSON", `{"id":"7","type":"note.unknown"}`} {
			testkit.Must(t, ch.Publish("test.events", "note.noted", true, false, amqp.Publishing{Body: []byte(body)}))
		}
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		handled := make(chan struct{})
		consume(t, b, func(context.Context, platform.Event) error {
			close(handled)
			return nil
		})
		await(t, handled)
		for _, l := range wantLetters(t, b, 2) {
			if l.Attempts != 3 || !strings.Contains(l.Reason, "decode") && !strings.Contains(l.Reason, "note.unknown") {
				t.Errorf("got letter %+v, want 3 attempts and the cause", l)
			}
		}
	})

	t.Run("dead-letters an event that is never acknowledged", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		before := time.Now().Truncate(time.Second)
		events := newEvents(1)
		testkit.Must(t, b.Publish(t.Context(), events))
		for n := 0; n <= 100; { // simulates crashing processes
			d, ok, err := ch.Get("test.notes", false)
			testkit.Must(t, err)
			if ok {
				n++
				testkit.Must(t, d.Nack(false, true))
			}
		}
		letter := wantLetters(t, b, 1)[0]
		wantEqual(t, "event", letter.Event.ID, events[0].ID)
		wantEqual(t, "attempts", letter.Attempts, 101)
		if !strings.Contains(letter.Reason, "the process or its connection ended") || letter.At.Before(before) || letter.At.After(time.Now()) {
			t.Errorf("got letter %+v, want the broker's reason and its time", letter)
		}
		testkit.Must(t, b.Replay(t.Context(), letter.ID))
		handled := make(chan struct{})
		consume(t, b, func(context.Context, platform.Event) error {
			close(handled)
			return nil
		})
		await(t, handled)
	})

	t.Run("keeps a failed event while a retry cannot be scheduled", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b, ch := open(t, p.URL), rawChannel(t, p.URL)
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		var attempts atomic.Int32
		second := make(chan struct{})
		consume(t, b, func(context.Context, platform.Event) error {
			if attempts.Add(1) == 2 {
				close(second)
				return nil
			}
			// Without these queues, no retry can be scheduled.
			for _, delay := range []string{"10ms", "20ms"} {
				_, err := ch.QueueDelete("test.notes.retry."+delay, false, false, false)
				testkit.Must(t, err)
			}
			return errors.New("no paper")
		})
		await(t, second)
		wantLetters(t, b, 0)
	})

	t.Run("truncates the long reason of a dead letter to valid UTF-8", func(t *testing.T) {
		t.Parallel()
		b := open(t, servers.RabbitMQ(t))
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		consume(t, b, func(context.Context, platform.Event) error {
			return errors.New("x" + strings.Repeat("é", 100_000))
		})
		reason := wantLetters(t, b, 1)[0].Reason
		if len(reason) < 1900 || len(reason) > 2000 || strings.ToValidUTF8(reason, "") != reason {
			t.Errorf("got a reason of %d bytes, want about 2000 of valid UTF-8", len(reason))
		}
	})

	t.Run("fails for an unknown subscription", func(t *testing.T) {
		t.Parallel()
		b := open(t, servers.RabbitMQ(t))
		if b.Consume(t.Context(), "unknown", func(context.Context, platform.Event) error { return nil }) == nil {
			t.Error("got no error")
		}
	})
}

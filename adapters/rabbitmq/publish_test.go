package rabbitmq_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestPublish(t *testing.T) {
	t.Run("fails at once while the broker is unavailable, and works again afterwards", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		events := newEvents(3)
		testkit.Must(t, b.Publish(t.Context(), events[:1]))
		p.Cut()
		start := time.Now()
		for range 10 {
			testkit.WantError(t, b.Publish(t.Context(), events[1:2]), ports.ErrUnavailable)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %s, want less than 5s", took)
		}
		p.Restore()
		testkit.Must(t, b.Publish(t.Context(), events[2:]))
	})

	t.Run("fails while the broker is silent, and works again afterwards", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		// The events exceed all network buffers, so that writes block.
		large := newEvents(1000)
		for i := range large {
			large[i].Headers = map[string]string{"padding": strings.Repeat("x", 20_000)}
		}
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		p.HalfOpen()
		defer p.Restore()
		var publishing sync.WaitGroup
		for range 2 {
			publishing.Go(func() { testkit.WantError(t, b.Publish(t.Context(), large), ports.ErrUnavailable) })
		}
		publishing.Wait()
		p.Restore()
		testkit.Eventually(t, "an event is published", func() bool { return b.Publish(t.Context(), newEvents(1)) == nil })
	})

	t.Run("returns when its context ends", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		p.HalfOpen()
		defer p.Restore()
		testkit.WantError(t, b.Publish(ctx, newEvents(1)), context.DeadlineExceeded)
	})

	t.Run("works after earlier calls were cancelled at various points", func(t *testing.T) {
		t.Parallel()
		b := open(t, servers.RabbitMQ(t))
		events := newEvents(1000)
		for after := time.Duration(0); after < 10*time.Millisecond; after += 100 * time.Microsecond {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			if err := b.Publish(ctx, events); err != nil {
				testkit.WantError(t, err, context.DeadlineExceeded)
			}
			cancel()
		}
		testkit.Must(t, b.Publish(t.Context(), events))
		testkit.Must(t, b.Ping(t.Context()))
	})

	t.Run("accepts an event that no subscription wants", func(t *testing.T) {
		t.Parallel()
		b := open(t, servers.RabbitMQ(t))
		unwanted := newEvents(1)
		unwanted[0].Type, unwanted[0].Body = "note.erased", contract.Erased{At: time.Now()}
		testkit.Must(t, b.Publish(t.Context(), unwanted))
	})

	t.Run("fails if a binding is missing, and redeclares it", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		events := newEvents(3)
		testkit.Must(t, b.Publish(t.Context(), events[:1]))
		for _, c := range []struct {
			lost   string
			remove func() error
		}{
			{"binding", func() error { return ch.QueueUnbind("test.notes", "note.noted", "test.events", nil) }},
			{"exchange", func() error { return ch.ExchangeDelete("test.events", false, false) }},
		} {
			testkit.Must(t, c.remove())
			if err := b.Publish(t.Context(), events[1:2]); err == nil {
				t.Errorf("published without a %s", c.lost)
			}
			testkit.Must(t, b.Publish(t.Context(), events[2:]))
		}
		if n := readyIn(t, ch, "test.notes"); n == 0 {
			t.Error("nothing was published")
		}
	})

	t.Run("fails if a queue is full", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		full := amqp.Table{amqp.QueueOverflowArg: amqp.QueueOverflowRejectPublish, amqp.QueueMaxLenArg: 1}
		q, err := ch.QueueDeclare("full", true, false, false, false, full)
		testkit.Must(t, err)
		testkit.Must(t, ch.QueueBind(q.Name, "note.noted", "test.events", false, nil))
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		testkit.WantError(t, b.Publish(t.Context(), newEvents(10)), ports.ErrUnavailable)
		_, err = ch.QueueDelete(q.Name, false, false, false)
		testkit.Must(t, err)
		testkit.Must(t, b.Publish(t.Context(), newEvents(10)))
	})

	t.Run("sends messages to any bound queue, with the properties in api/asyncapi.yaml", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		q, err := ch.QueueDeclare("other", false, false, true, false, nil)
		testkit.Must(t, err)
		testkit.Must(t, ch.QueueBind(q.Name, "note.*", "test.events", false, nil))
		event := newEvents(1)[0]
		testkit.Must(t, b.Publish(t.Context(), []platform.Event{event}))
		d, ok, err := ch.Get(q.Name, true)
		testkit.Must(t, err)
		if !ok {
			t.Fatal("no message arrived")
		}
		wantEqual(t, "routing key", d.RoutingKey, "note.noted")
		wantEqual(t, "message id", d.MessageId, string(event.ID))
		wantEqual(t, "type", d.Type, "note.noted")
		wantEqual(t, "content type", d.ContentType, "application/json")
		wantEqual(t, "delivery mode", d.DeliveryMode, amqp.Persistent)
		wantEqual(t, "correlation id", d.Headers["correlation-id"], any("request 0"))
		if !strings.Contains(string(d.Body), `"Type":"note.noted"`) {
			t.Errorf("got body %s, want its type", d.Body)
		}
	})

	t.Run("accepts more events than the in-flight limit", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		testkit.Must(t, b.Publish(t.Context(), newEvents(2500)))
		wantEqual(t, "events", readyIn(t, ch, "test.notes"), 2500)
	})

	t.Run("works after the broker returned a whole batch", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
		testkit.Must(t, ch.QueueUnbind("test.notes", "note.noted", "test.events", nil))
		if err := b.Publish(t.Context(), newEvents(1000)); err == nil {
			t.Error("published without a binding")
		}
		testkit.Must(t, b.Publish(t.Context(), newEvents(1)))
	})
}

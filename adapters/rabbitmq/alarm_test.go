package rabbitmq_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// TestBrokerShortOfMemory makes the broker raise a memory alarm. The broker then stops
// reading from publishing connections, but still delivers messages and sends heartbeats
// (https://www.rabbitmq.com/docs/alarms).
func TestBrokerShortOfMemory(t *testing.T) {
	t.Parallel()
	own := servers.OwnRabbitMQ(t)
	memory := func(watermark string) { own.Run("rabbitmqctl", "set_vm_memory_high_watermark", watermark) }
	events := newEvents(20)
	old := open(t, own.URL)
	testkit.Must(t, old.Publish(t.Context(), events[:10]))
	memory("0")
	brokers := []*rabbitmq.Broker{old, open(t, own.URL)} // the second one has not published yet

	var publishing sync.WaitGroup
	for _, b := range brokers {
		for range 4 {
			publishing.Go(func() { testkit.WantError(t, b.Publish(t.Context(), newEvents(1)), ports.ErrUnavailable) })
		}
	}
	soon(t, "publishers give up", publishing.Wait)
	for _, b := range brokers {
		testkit.WantError(t, b.Ping(t.Context()), ports.ErrUnavailable)
		testkit.WantError(t, b.Publish(t.Context(), newEvents(1)), ports.ErrUnavailable)
	}

	handled := make(chan ports.EventID, 100)
	handle := func(_ context.Context, e platform.Event) error {
		handled <- e.ID
		return nil
	}
	stop := consume(t, brokers[1], handle)
	for range 10 {
		await(t, handled)
	}
	stop()
	for _, b := range brokers {
		soon(t, "a broker is closed", func() { _ = b.Close() })
	}

	memory("0.6")
	b := open(t, own.URL)
	testkit.Must(t, b.Publish(t.Context(), events[10:]))
	consume(t, b, handle)
	missing := map[ports.EventID]bool{}
	for _, e := range events[10:] {
		missing[e.ID] = true
	}
	for len(missing) > 0 {
		delete(missing, await(t, handled))
	}
}

// soon fails the test if the call takes over a minute.
func soon(t *testing.T, what string, call func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		call()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("waited more than a minute until %s", what)
	}
}

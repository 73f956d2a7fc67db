package rabbitmq_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// TestKilledBrokerLosesNoEvents publishes, handles and retries events while the broker is
// killed and restarted.
func TestKilledBrokerLosesNoEvents(t *testing.T) {
	t.Parallel()
	const (
		kills   = 2
		apart   = 500 // events handled between kills
		waiting = 300 // the maximum number of events published but not yet handled
	)
	own := servers.OwnRabbitMQ(t)
	var losses atomic.Int32
	report := func(_ context.Context, err error) {
		if errors.Is(err, ports.ErrUnavailable) {
			losses.Add(1)
		}
	}
	in := inbox{
		waiting: make(chan struct{}, waiting),
		seen:    map[ports.EventID]bool{}, handled: map[ports.EventID]bool{},
	}

	running, stop := context.WithCancel(t.Context())
	defer stop()
	var publishing sync.WaitGroup
	var acknowledged [2][]platform.Event
	for i := range acknowledged {
		b, err := declared(t.Context(), own.URL, notes, threeAttempts, report)
		testkit.Must(t, err)
		t.Cleanup(func() { _ = b.Close() }) // fails if a connection was lost
		consume(t, b, in.handle)
		publishing.Go(func() {
			for {
				batch := newEvents(20)
				for range batch {
					select {
					case in.waiting <- struct{}{}:
					case <-running.Done():
						return
					}
				}
				for {
					err := b.Publish(t.Context(), batch)
					if err == nil {
						break
					}
					testkit.WantError(t, err, ports.ErrUnavailable)
				}
				acknowledged[i] = append(acknowledged[i], batch...)
			}
		})
	}
	for range kills {
		goal := in.count() + apart
		testkit.Eventually(t, "the events are handled", func() bool { return in.count() >= goal })
		own.Stop()
		own.Start()
	}
	goal := in.count() + apart
	testkit.Eventually(t, "the events are handled", func() bool { return in.count() >= goal })
	stop()
	publishing.Wait()

	n := 0
	for _, some := range acknowledged {
		for _, e := range some {
			testkit.Eventually(t, "the event is handled", func() bool { return in.has(e.ID) })
			n++
		}
	}
	b, ch := open(t, own.URL), rawChannel(t, own.URL)
	for _, queue := range []string{"test.notes", "test.notes.retry.10ms", "test.notes.retry.20ms"} {
		testkit.Eventually(t, "the queue is empty", func() bool { return readyIn(t, ch, queue) == 0 })
	}
	wantLetters(t, b, 0)
	if losses.Load() < kills {
		t.Errorf("%d lost connections were reported, want at least one for each kill", losses.Load())
	}
	t.Logf("%d events acknowledged, %d repeated deliveries", n, in.repeated)
}

// inbox handles each event once, however often it is delivered. The first attempt fails
// for every seventh event.
type inbox struct {
	waiting  chan struct{} // holds a token for each unhandled event
	mu       sync.Mutex
	seen     map[ports.EventID]bool
	handled  map[ports.EventID]bool
	repeated int
}

func (in *inbox) handle(_ context.Context, e platform.Event) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.handled[e.ID] {
		in.repeated++
		return nil
	}
	if !in.seen[e.ID] {
		in.seen[e.ID] = true
		if len(in.seen)%7 == 0 {
			return errors.New("no paper")
		}
	}
	in.handled[e.ID] = true
	<-in.waiting
	return nil
}

func (in *inbox) count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.handled)
}

func (in *inbox) has(id ports.EventID) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.handled[id]
}

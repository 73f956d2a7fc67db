package worker

import (
	"context"
	"time"

	"example.com/portico/ports/platform"
)

const (
	// relayBatchSize is how many events are published at once.
	relayBatchSize = 400
	// RelayConcurrency is how many relays a process runs: while one waits for the
	// broker's confirmations, another reads the next events.
	RelayConcurrency = 3
	// publishTimeout is how long a batch may take. Shutdown waits for it, because
	// a cancelled batch is published again.
	publishTimeout = 15 * time.Second
)

// Relay publishes the events of the outbox.
type Relay struct {
	Outbox    platform.Outbox
	Publisher platform.Publisher
}

// Job relays when stored triggers it, and at intervals, because other processes
// store events too.
func (r Relay) Job(stored <-chan struct{}) Job {
	return Job{Name: "relay-events", Interval: 200 * time.Millisecond, Trigger: stored, Concurrency: RelayConcurrency, Run: func(ctx context.Context) (bool, error) {
		n, err := r.Batch(ctx)
		return n == relayBatchSize, err
	}}
}

// Batch publishes one batch and returns its size.
func (r Relay) Batch(ctx context.Context) (int, error) {
	return r.Outbox.Relay(ctx, relayBatchSize, func(ctx context.Context, events []platform.Event) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishTimeout)
		defer cancel()
		return r.Publisher.Publish(ctx, events)
	})
}

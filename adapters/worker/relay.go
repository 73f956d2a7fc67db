package worker

import (
	"context"
	"time"

	"example.com/portico/ports/platform"
)

const (
	// relayBatch is how many events a relay hands over at once.
	relayBatch = 400
	// Relays is how many relays a process has at work: while one waits for the
	// broker's confirmations, another reads the next events.
	Relays = 3
	// handOver is how long a batch may take. A process that is told to end waits
	// for it: what is called off is published again.
	handOver = 15 * time.Second
)

// Relay hands stored events over to the broker.
type Relay struct {
	Outbox    platform.Outbox
	Publisher platform.Publisher
}

// Job relays when it is woken by stored, and looks for what other processes have
// stored.
func (r Relay) Job(stored <-chan struct{}) Job {
	return Job{Name: "relay-events", Every: 200 * time.Millisecond, Wake: stored, AtOnce: Relays, Do: func(ctx context.Context) (bool, error) {
		n, err := r.Batch(ctx)
		return n == relayBatch, err
	}}
}

// Batch hands one batch over and tells its size.
func (r Relay) Batch(ctx context.Context) (int, error) {
	return r.Outbox.Relay(ctx, relayBatch, func(ctx context.Context, events []platform.Event) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOver)
		defer cancel()
		return r.Publisher.Publish(ctx, events)
	})
}

// Package worker does the background work of a process: it relays events, passes them to
// reactions, and runs jobs.
package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Job runs at the start, when triggered, and when Interval has passed since its last run.
// It runs again immediately if Run returns true and no error.
type Job struct {
	Name     string
	Interval time.Duration
	// Trigger may be nil and must not be closed.
	Trigger <-chan struct{}
	// Exclusive jobs run in one process at a time.
	Exclusive bool
	// Concurrency is the number of parallel runs in a process. Zero means one.
	Concurrency int
	Run         func(context.Context) (more bool, err error)
}

// Worker runs reactions and jobs concurrently.
type Worker struct {
	Subscriber platform.Subscriber
	Reactions  []Reaction
	Jobs       []Job
	// Locks provides the locks of exclusive jobs.
	Locks platform.Locker
	// Report receives the errors of jobs. A job that failed runs again.
	Report ports.ErrorReporter
}

// Run runs reactions and jobs until ctx ends, waits for work in progress, and returns
// nil. It fails if a subscription cannot be consumed.
func (w *Worker) Run(ctx context.Context) error {
	running, ctx := errgroup.WithContext(ctx)
	for _, r := range w.Reactions {
		running.Go(func() error {
			if err := w.Subscriber.Consume(ctx, r.Name, r.Handle); err != nil {
				return fmt.Errorf("consume %s: %w", r.Name, err)
			}
			return nil
		})
	}
	for _, j := range w.Jobs {
		for range max(1, j.Concurrency) {
			running.Go(func() error {
				w.repeat(ctx, j)
				return nil
			})
		}
	}
	return running.Wait()
}

func (w *Worker) repeat(ctx context.Context, j Job) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-j.Trigger:
		}
		more, err := w.runOnce(ctx, j)
		if err != nil && ctx.Err() == nil {
			w.Report(ctx, fmt.Errorf("job %s: %w", j.Name, err))
		}
		wait := j.Interval
		if more && err == nil {
			wait = 0
		}
		timer.Reset(wait)
	}
}

// runOnce runs a job once, but skips an exclusive job that another process is running. It
// returns a panic as an error.
func (w *Worker) runOnce(ctx context.Context, j Job) (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if !j.Exclusive {
		return j.Run(ctx)
	}
	_, err = w.Locks.TryWithLock(ctx, j.Name, func(ctx context.Context) error {
		more, err = j.Run(ctx)
		return err
	})
	return more, err
}

const (
	// relayBatchSize is the maximum number of events in a batch.
	relayBatchSize = 400
	// RelayConcurrency is the number of parallel relays in a process. It exceeds one so
	// that a relay can read events while another waits for the broker.
	RelayConcurrency = 3
	// publishTimeout limits the time to publish a batch. Shutdown does not cancel a
	// batch, because a cancelled batch would be published again.
	publishTimeout = 15 * time.Second
)

// Relay publishes the events of the outbox.
type Relay struct {
	Outbox    platform.Outbox
	Publisher platform.Publisher
}

// Job returns a job that relays events. A signal on the channel triggers the job. The job
// also runs at intervals, because other processes send no signal for their events.
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

// inboxAge is how long a receipt is kept. It must exceed the time that an event spends in
// a queue, and the time within which operators replay dead letters.
const inboxAge = 90 * 24 * time.Hour

// PruneInbox returns a job that removes old receipts from the inbox.
func PruneInbox(inbox platform.Inbox, clock platform.Clock) Job {
	const batchSize = 1000
	return Job{Name: "prune-inbox", Interval: time.Hour, Exclusive: true, Run: func(ctx context.Context) (bool, error) {
		n, err := inbox.Prune(ctx, clock.Now().Add(-inboxAge), batchSize)
		return n == batchSize, err
	}}
}

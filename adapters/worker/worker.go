// Package worker drives the application from within: it relays events, hands them
// to the reactions, and runs what is to be done again and again.
package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/portico/ports/platform"
)

// Job is done again and again: when it is woken, at the latest after Every, and
// at once as long as it says that there is more.
type Job struct {
	Name  string
	Every time.Duration
	// Wake may be nil. A closed channel is not one.
	Wake <-chan struct{}
	// Alone lets one process at a time do it.
	Alone bool
	// AtOnce is how often a process does it side by side; zero is once.
	AtOnce int
	Do     func(context.Context) (more bool, err error)
}

// Worker runs reactions and jobs side by side.
type Worker struct {
	Subscriber platform.Subscriber
	Reactions  []Reaction
	Jobs       []Job
	// Locks are for the jobs that are done alone.
	Locks platform.Locker
	// Report is told of every error that a job ends with; the job goes on.
	Report func(context.Context, error)
}

// Run works until ctx ends, then waits for what is under way and returns nil.
// It fails when a subscription cannot be consumed at all.
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
		for range max(1, j.AtOnce) {
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
		case <-j.Wake:
		}
		more, err := w.do(ctx, j)
		if err != nil && ctx.Err() == nil {
			w.Report(ctx, fmt.Errorf("job %s: %w", j.Name, err))
		}
		wait := j.Every
		if more && err == nil {
			wait = 0
		}
		timer.Reset(wait)
	}
}

// do leaves a job to another process that is at it. A panic is an error.
func (w *Worker) do(ctx context.Context, j Job) (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if !j.Alone {
		return j.Do(ctx)
	}
	_, err = w.Locks.TryWithLock(ctx, j.Name, func(ctx context.Context) error {
		more, err = j.Do(ctx)
		return err
	})
	return more, err
}

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"example.com/portico/adapters/worker"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroken = errors.New("broken by the test")

// timeline records what happened, with the time since the start.
type timeline struct {
	start time.Time

	mu    sync.Mutex
	notes []string
}

func (d *timeline) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, time.Since(d.start).String()+" "+what)
}

// runUntil runs a worker in fake time, stops it after stopAfter, and compares the
// timeline with want.
func runUntil(t *testing.T, stopAfter time.Duration, newWorker func(*timeline) *worker.Worker, want ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &timeline{start: time.Now()}
		w := newWorker(d)
		w.Report = func(_ context.Context, err error) {
			what, _, _ := strings.Cut(err.Error(), "\n") // a stack trace may follow
			d.note("reported: " + what)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(stopAfter, func() { stop(errors.New("interrupted")) })
		if err := w.Run(ctx); err != nil {
			t.Errorf("got error %v, want none", err)
		}
		if !slices.Equal(d.notes, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(d.notes, "\n"), strings.Join(want, "\n"))
		}
	})
}

// sweeping returns a worker with one job, which records each run.
func sweeping(d *timeline, j worker.Job) *worker.Worker {
	run := j.Run
	j.Name, j.Interval, j.Run = "sweep", time.Minute, func(ctx context.Context) (bool, error) {
		d.note("sweep")
		if run == nil {
			return false, nil
		}
		return run(ctx)
	}
	return &worker.Worker{Jobs: []worker.Job{j}}
}

func TestJob(t *testing.T) {
	t.Run("runs immediately and at intervals", func(t *testing.T) {
		runUntil(t, 150*time.Second, func(d *timeline) *worker.Worker {
			return sweeping(d, worker.Job{})
		}, "0s sweep", "1m0s sweep", "2m0s sweep")
	})

	t.Run("runs when triggered, and again one interval later", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			trigger := make(chan struct{}, 1)
			time.AfterFunc(20*time.Second, func() { trigger <- struct{}{} })
			return sweeping(d, worker.Job{Trigger: trigger})
		}, "0s sweep", "20s sweep", "1m20s sweep")
	})

	t.Run("runs concurrently, but only once per trigger", func(t *testing.T) {
		runUntil(t, 30*time.Second, func(d *timeline) *worker.Worker {
			trigger := make(chan struct{}, 1)
			time.AfterFunc(20*time.Second, func() { trigger <- struct{}{} })
			return sweeping(d, worker.Job{Trigger: trigger, Concurrency: 3})
		}, "0s sweep", "0s sweep", "0s sweep", "20s sweep")
	})

	t.Run("runs again immediately while there is more work", func(t *testing.T) {
		runUntil(t, time.Second, func(d *timeline) *worker.Worker {
			left := 3
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) {
				left--
				return left > 0, nil
			}})
		}, "0s sweep", "0s sweep", "0s sweep")
	})

	t.Run("reports a failure, and runs again one interval later", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) { return true, errBroken }})
		}, "0s sweep", "0s reported: job sweep: broken by the test", "1m0s sweep", "1m0s reported: job sweep: broken by the test")
	})

	t.Run("runs again after a panic", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) { panic("oh no") }})
		}, "0s sweep", "0s reported: job sweep: panic: oh no", "1m0s sweep", "1m0s reported: job sweep: panic: oh no")
	})

	t.Run("is not delayed by other jobs", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			w := sweeping(d, worker.Job{})
			w.Jobs = append(w.Jobs, worker.Job{Name: "slow", Interval: time.Minute, Run: func(context.Context) (bool, error) {
				time.Sleep(time.Hour)
				return false, nil
			}})
			return w
		}, "0s sweep", "1m0s sweep")
	})

	t.Run("finishes before the worker stops, and does not report the cancellation", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(ctx context.Context) (bool, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				d.note("swept")
				return false, ctx.Err()
			}})
		}, "0s sweep", "1m31s swept")
	})
}

// lock is held by another process until freeAt.
type lock struct {
	freeAt time.Time
	fails  error
}

func (l lock) TryWithLock(ctx context.Context, _ string, work func(context.Context) error) (bool, error) {
	if l.fails != nil || time.Now().Before(l.freeAt) {
		return false, l.fails
	}
	return true, work(ctx)
}

func TestExclusiveJob(t *testing.T) {
	t.Run("runs when no other process is running it", func(t *testing.T) {
		runUntil(t, 90*time.Second, func(d *timeline) *worker.Worker {
			w := sweeping(d, worker.Job{Exclusive: true})
			w.Locks = lock{freeAt: d.start.Add(time.Second)}
			return w
		}, "1m0s sweep")
	})

	t.Run("reports that the lock is unavailable", func(t *testing.T) {
		runUntil(t, time.Second, func(d *timeline) *worker.Worker {
			w := sweeping(d, worker.Job{Exclusive: true})
			w.Locks = lock{fails: errBroken}
			return w
		}, "0s reported: job sweep: broken by the test")
	})

	t.Run("runs again immediately while there is more work, and reports a failure", func(t *testing.T) {
		runUntil(t, time.Second, func(d *timeline) *worker.Worker {
			more := []bool{true, true, false}
			w := sweeping(d, worker.Job{Exclusive: true, Run: func(context.Context) (bool, error) {
				if len(more) == 1 {
					return false, errBroken
				}
				more = more[1:]
				return true, nil
			}})
			w.Locks = lock{}
			return w
		}, "0s sweep", "0s sweep", "0s sweep", "0s reported: job sweep: broken by the test")
	})
}

// broker adapts a function to a Subscriber.
type broker func(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error

func (b broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	return b(ctx, subscription, handle)
}

func TestReactions(t *testing.T) {
	t.Run("consume every subscription, and finish before the worker stops", func(t *testing.T) {
		runUntil(t, time.Minute, func(d *timeline) *worker.Worker {
			reaction := func(name string, after time.Duration) worker.Reaction {
				return worker.Reaction{Subscription: platform.Subscription{Name: name}, Handle: func(_ context.Context, e platform.Event) error {
					time.Sleep(after)
					d.note(name + " handled " + string(e.ID))
					return nil
				}}
			}
			return &worker.Worker{
				Reactions: []worker.Reaction{reaction("charge", time.Second), reaction("refund", time.Hour)},
				Subscriber: broker(func(ctx context.Context, name string, handle func(context.Context, platform.Event) error) error {
					err := handle(ctx, platform.Event{ID: ports.EventID("an event for " + name)})
					<-ctx.Done()
					return err
				}),
			}
		}, "1s charge handled an event for charge", "1h0m0s refund handled an event for refund")
	})

	t.Run("stop the worker with an error if a subscription cannot be consumed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &worker.Worker{
				Reactions: []worker.Reaction{{Subscription: platform.Subscription{Name: "lost"}}, {Subscription: platform.Subscription{Name: "fine"}}},
				Jobs:      []worker.Job{{Name: "sweep", Interval: time.Minute, Run: func(context.Context) (bool, error) { return false, nil }}},
				Subscriber: broker(func(ctx context.Context, name string, _ func(context.Context, platform.Event) error) error {
					if name == "lost" {
						time.Sleep(time.Hour)
						return errBroken
					}
					<-ctx.Done()
					return nil
				}),
			}
			if err := w.Run(t.Context()); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "lost") {
				t.Errorf("got error %v, want the subscription and its error", err)
			}
		})
	})
}

// inbox removes up to left receipts, and records the calls.
type inbox struct {
	platform.Inbox
	timeline *timeline
	left     int
}

func (i *inbox) Prune(_ context.Context, before time.Time, limit int) (int, error) {
	removed := min(i.left, limit)
	i.left -= removed
	i.timeline.note(fmt.Sprintf("removed %d from before %s ago", removed, time.Since(before)))
	return removed, nil
}

type clock struct{}

func (clock) Now() time.Time { return time.Now() }

func TestPruneInbox(t *testing.T) {
	t.Run("removes receipts older than 90 days in batches, each hour", func(t *testing.T) {
		runUntil(t, 90*time.Minute, func(d *timeline) *worker.Worker {
			return &worker.Worker{Jobs: []worker.Job{worker.PruneInbox(&inbox{timeline: d, left: 1500}, clock{})}, Locks: lock{}}
		}, "0s removed 1000 from before 2160h0m0s ago", "0s removed 500 from before 2160h0m0s ago", "1h0m0s removed 0 from before 2160h0m0s ago")
	})
}

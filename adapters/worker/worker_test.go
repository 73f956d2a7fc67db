package worker_test

import (
	"context"
	"errors"
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

// diary notes what happened, and how long after the start.
type diary struct {
	start time.Time

	mu    sync.Mutex
	notes []string
}

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, time.Since(d.start).String()+" "+what)
}

// watch runs a worker, in a time of its own, until it is told to stop, and
// compares what was noted by its end.
func watch(t *testing.T, stopAfter time.Duration, make func(*diary) *worker.Worker, want ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &diary{start: time.Now()}
		w := make(d)
		w.Report = func(_ context.Context, err error) {
			what, _, _ := strings.Cut(err.Error(), "\n") // a stack may follow
			d.note("reported: " + what)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(stopAfter, func() { stop(errors.New("interrupted")) })
		if err := w.Run(ctx); err != nil {
			t.Errorf("ends with %v", err)
		}
		if !slices.Equal(d.notes, want) {
			t.Errorf("what happened is\n%s\nwant\n%s", strings.Join(d.notes, "\n"), strings.Join(want, "\n"))
		}
	})
}

// sweeping is a worker with one job, which notes every time that it is done.
func sweeping(d *diary, j worker.Job) *worker.Worker {
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

func TestWorkerDoesAJob(t *testing.T) {
	t.Run("at once, and every so often", func(t *testing.T) {
		watch(t, 150*time.Second, func(d *diary) *worker.Worker {
			return sweeping(d, worker.Job{})
		}, "0s sweep", "1m0s sweep", "2m0s sweep")
	})

	t.Run("when it is woken, and a while after that", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			wake := make(chan struct{}, 1)
			time.AfterFunc(20*time.Second, func() { wake <- struct{}{} })
			return sweeping(d, worker.Job{Trigger: wake})
		}, "0s sweep", "20s sweep", "1m20s sweep")
	})

	t.Run("several times at once, and wakes one of them", func(t *testing.T) {
		watch(t, 30*time.Second, func(d *diary) *worker.Worker {
			wake := make(chan struct{}, 1)
			time.AfterFunc(20*time.Second, func() { wake <- struct{}{} })
			return sweeping(d, worker.Job{Trigger: wake, Concurrency: 3})
		}, "0s sweep", "0s sweep", "0s sweep", "20s sweep")
	})

	t.Run("again at once as long as there is more", func(t *testing.T) {
		watch(t, time.Second, func(d *diary) *worker.Worker {
			left := 3
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) {
				left--
				return left > 0, nil
			}})
		}, "0s sweep", "0s sweep", "0s sweep")
	})

	t.Run("again after a failure, which is reported, but not at once", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) { return true, errBroken }})
		}, "0s sweep", "0s reported: job sweep: broken by the test", "1m0s sweep", "1m0s reported: job sweep: broken by the test")
	})

	t.Run("again after a panic", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(context.Context) (bool, error) { panic("oh no") }})
		}, "0s sweep", "0s reported: job sweep: panic: oh no", "1m0s sweep", "1m0s reported: job sweep: panic: oh no")
	})

	t.Run("beside others, so that a slow one holds up none", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			w := sweeping(d, worker.Job{})
			w.Jobs = append(w.Jobs, worker.Job{Name: "slow", Interval: time.Minute, Run: func(context.Context) (bool, error) {
				time.Sleep(time.Hour)
				return false, nil
			}})
			return w
		}, "0s sweep", "1m0s sweep")
	})

	t.Run("to its end before it stops, and does not report that it was stopped", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			return sweeping(d, worker.Job{Run: func(ctx context.Context) (bool, error) {
				<-ctx.Done()
				time.Sleep(time.Second)
				d.note("swept")
				return false, ctx.Err()
			}})
		}, "0s sweep", "1m31s swept")
	})
}

// lock is one that somebody else may hold at first.
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

func TestWorkerDoesAJobAlone(t *testing.T) {
	t.Run("once nobody else is at it", func(t *testing.T) {
		watch(t, 90*time.Second, func(d *diary) *worker.Worker {
			w := sweeping(d, worker.Job{Exclusive: true})
			w.Locks = lock{freeAt: d.start.Add(time.Second)}
			return w
		}, "1m0s sweep")
	})

	t.Run("and reports that the lock cannot be had", func(t *testing.T) {
		watch(t, time.Second, func(d *diary) *worker.Worker {
			w := sweeping(d, worker.Job{Exclusive: true})
			w.Locks = lock{fails: errBroken}
			return w
		}, "0s reported: job sweep: broken by the test")
	})

	t.Run("again at once as long as there is more, and reports a failure", func(t *testing.T) {
		watch(t, time.Second, func(d *diary) *worker.Worker {
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

// broker consumes as the function says.
type broker func(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error

func (b broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	return b(ctx, subscription, handle)
}

func TestWorkerConsumes(t *testing.T) {
	t.Run("every subscription with its own reaction, and waits for those under way", func(t *testing.T) {
		watch(t, time.Minute, func(d *diary) *worker.Worker {
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

	t.Run("or stops everything and says why, when a subscription cannot be consumed", func(t *testing.T) {
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
				t.Errorf("ends with %v, want which subscription is broken and how", err)
			}
		})
	})
}

package contract

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Lockers holds two lockers for the same locks, one per process. An adapter that is not
// shared between processes supplies the same locker twice.
type Lockers [2]platform.Locker

// RunLocker checks a [platform.Locker].
func RunLocker(t *testing.T, open func(t *testing.T) Lockers) {
	run := func(name string, test func(t *testing.T, p Lockers)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	nothing := func(context.Context) error { return nil }

	run("runs the work and returns true if the lock is free", func(t *testing.T, p Lockers) {
		done := false
		held, err := p[0].TryWithLock(t.Context(), "job", func(context.Context) error { done = true; return nil })
		if !held || err != nil || !done {
			t.Errorf("got held %t, done %t, error %v, want true, true, nil", held, done, err)
		}
	})
	run("returns false at once while the other process holds the lock", func(t *testing.T, p Lockers) {
		_, err := p[0].TryWithLock(t.Context(), "job", func(ctx context.Context) error {
			held, err := p[1].TryWithLock(ctx, "job", func(context.Context) error {
				t.Error("both processes run their work")
				return nil
			})
			if held {
				t.Error("got held = true, want false")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	run("lets the processes take turns", func(t *testing.T, p Lockers) {
		for i := range 4 {
			if held, err := p[i%2].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
				t.Fatalf("turn %d: got held %t, error %v, want true, nil", i, held, err)
			}
		}
	})
	run("has a separate lock for each name", func(t *testing.T, p Lockers) {
		_, err := p[0].TryWithLock(t.Context(), "job", func(ctx context.Context) error {
			held, err := p[1].TryWithLock(ctx, "another", nothing)
			if !held {
				t.Error("got held = false for another name, want true")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	run("returns the error of the work and releases the lock", func(t *testing.T, p Lockers) {
		broken := errors.New("broken")
		if held, err := p[0].TryWithLock(t.Context(), "job", func(context.Context) error { return broken }); !held || !errors.Is(err, broken) {
			t.Errorf("got held %t, error %v, want true, %v", held, err, broken)
		}
		if held, err := p[1].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
			t.Errorf("the next process: got held %t, error %v, want true, nil", held, err)
		}
	})
	run("releases the lock after a panic", func(t *testing.T, p Lockers) {
		func() {
			defer func() { _ = recover() }()
			_, _ = p[0].TryWithLock(t.Context(), "job", func(context.Context) error { panic("broken") })
		}()
		if held, err := p[1].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
			t.Errorf("got held %t, error %v, want true, nil", held, err)
		}
	})
	run("does nothing if the context is already cancelled", func(t *testing.T, p Lockers) {
		held, err := p[0].TryWithLock(testkit.CancelledContext(t), "job", func(context.Context) error {
			t.Error("the work was run")
			return nil
		})
		if held || !errors.Is(err, context.Canceled) {
			t.Errorf("got held %t, error %v, want false, %v", held, err, context.Canceled)
		}
	})
	run("allows one holder at a time", func(t *testing.T, p Lockers) {
		var working, turns atomic.Int32
		testkit.RunConcurrently(20, func(i int) {
			_, err := p[i%2].TryWithLock(t.Context(), "job", func(context.Context) error {
				if working.Add(1) != 1 {
					t.Error("two hold the lock at once")
				}
				turns.Add(1)
				working.Add(-1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		if turns.Load() == 0 {
			t.Error("got no turn, want one at least")
		}
	})
}

package contract

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/portico/ports/platform"
)

// Processes are the same locks as two processes see them.
type Processes [2]platform.Locker

// RunLocks checks an adapter of platform.Locks.
func RunLocks(t *testing.T, open func(*testing.T) Processes) {
	t.Helper()
	run := func(name string, test func(t *testing.T, p Processes)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	nothing := func(context.Context) error { return nil }

	run("lets one do its work", func(t *testing.T, p Processes) {
		done := false
		held, err := p[0].TryWithLock(t.Context(), "job", func(context.Context) error { done = true; return nil })
		if !held || err != nil || !done {
			t.Errorf("held %t, done %t, %v", held, done, err)
		}
	})
	run("keeps the other process out meanwhile", func(t *testing.T, p Processes) {
		_, err := p[0].TryWithLock(t.Context(), "job", func(ctx context.Context) error {
			held, err := p[1].TryWithLock(ctx, "job", func(context.Context) error {
				t.Error("both work")
				return nil
			})
			if held {
				t.Error("both hold it")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	run("lets the other process in after", func(t *testing.T, p Processes) {
		for i := range 4 {
			if held, err := p[i%2].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
				t.Fatalf("turn %d: held %t, %v", i, held, err)
			}
		}
	})
	run("has a lock for each name", func(t *testing.T, p Processes) {
		_, err := p[0].TryWithLock(t.Context(), "job", func(ctx context.Context) error {
			held, err := p[1].TryWithLock(ctx, "another", nothing)
			if !held {
				t.Error("the other lock is held too")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	run("passes on what the work fails with, and is free again", func(t *testing.T, p Processes) {
		broken := errors.New("broken")
		if held, err := p[0].TryWithLock(t.Context(), "job", func(context.Context) error { return broken }); !held || !errors.Is(err, broken) {
			t.Errorf("held %t, %v", held, err)
		}
		if held, err := p[1].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
			t.Errorf("after that: held %t, %v", held, err)
		}
	})
	run("is free again after a panic", func(t *testing.T, p Processes) {
		func() {
			defer func() { _ = recover() }()
			_, _ = p[0].TryWithLock(t.Context(), "job", func(context.Context) error { panic("broken") })
		}()
		if held, err := p[1].TryWithLock(t.Context(), "job", nothing); !held || err != nil {
			t.Errorf("held %t, %v", held, err)
		}
	})
	run("does nothing for a context that has ended", func(t *testing.T, p Processes) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		held, err := p[0].TryWithLock(ctx, "job", func(context.Context) error {
			t.Error("it works")
			return nil
		})
		if held || !errors.Is(err, context.Canceled) {
			t.Errorf("held %t, %v", held, err)
		}
	})
	run("is held by one of many", func(t *testing.T, p Processes) {
		var working, turns atomic.Int32
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				_, err := p[i%2].TryWithLock(t.Context(), "job", func(context.Context) error {
					if working.Add(1) != 1 {
						t.Error("two work at once")
					}
					turns.Add(1)
					working.Add(-1)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if turns.Load() == 0 {
			t.Error("nobody had a turn")
		}
	})
}

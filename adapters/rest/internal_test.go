package rest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurns(t *testing.T) {
	const caller, turnsOfCaller = "address 192.0.2.1", 100
	slots := max(1, runtime.GOMAXPROCS(0)/2)
	take := func(t *testing.T, all *turns) (release func(), waited time.Duration) {
		t.Helper()
		began := time.Now()
		release, err := all.take(t.Context(), caller, turnsOfCaller)
		if err != nil {
			t.Fatal(err)
		}
		return release, time.Since(began)
	}
	inBubble := func(name string, test func(*testing.T, *turns)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newTurns()) })
		})
	}

	inBubble("use half of the processors until maxRun has passed", func(t *testing.T, all *turns) {
		for i := range 3 * slots {
			release, waited := take(t, all)
			defer release()
			want := time.Duration(0)
			if i > 0 && i%slots == 0 {
				want = maxRun
			}
			if waited != want {
				t.Errorf("turn %d began after %v, want %v", i, waited, want)
			}
		}
	})
	inBubble("free a processor when they end", func(t *testing.T, all *turns) {
		for range 3 * slots {
			release, waited := take(t, all)
			release()
			if waited > 0 {
				t.Errorf("a turn began after %v, want at once", waited)
			}
		}
		time.Sleep(2 * maxRun)
		if len(all.callers) > 0 {
			t.Errorf("%d callers are kept, want none", len(all.callers))
		}
	})
	inBubble("give up when the context ends", func(t *testing.T, all *turns) {
		for range slots {
			release, _ := take(t, all)
			defer release()
		}
		ctx, cancel := context.WithTimeout(t.Context(), maxRun/2)
		defer cancel()
		if _, err := all.take(ctx, caller, turnsOfCaller); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
		if got := len(all.callers[caller].taken); got != slots {
			t.Errorf("%d turns are taken, want %d", got, slots)
		}
	})
}

package inprocess_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"example.com/portico/adapters/inprocess"
	"example.com/portico/adapters/memory"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

func TestRateLimiter(t *testing.T) {
	contract.RunRateLimiter(t, func(*testing.T) contract.RateLimiter {
		clock := memory.NewClock(time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC))
		return contract.RateLimiter{RateLimiter: inprocess.NewRateLimiter(clock), Advance: clock.Advance}
	})
}

func TestRateLimiterDropsIdleKeys(t *testing.T) {
	clock := memory.NewClock(time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC))
	limiter := inprocess.NewRateLimiter(clock)
	rate := platform.Rate{PerSecond: 10, Burst: 20}

	before := heap()
	const callers = 200_000
	for i := range callers {
		if _, err := limiter.Allow(t.Context(), fmt.Sprintf("caller %d", i), rate); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Millisecond) // each key becomes idle after 100 more callers
	}
	if grown := heap() - before; grown > 2<<20 {
		t.Errorf("%d callers, 100 at a time, took %d KiB, want at most 2048", callers, grown>>10)
	}
	runtime.KeepAlive(limiter)
}

// heap returns the number of heap bytes in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

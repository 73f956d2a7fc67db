package contract

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/ports/outbound"
)

// LimiterBench is a rate limiter that has counted nothing yet, and its time.
type LimiterBench struct {
	Limiter outbound.RateLimiter
	// Advance lets time pass. Where time cannot be moved, it waits.
	Advance func(time.Duration)
}

// RunRateLimiter holds rate limiters against the contract of
// outbound.RateLimiter. Its rates are of one request a second, so that a
// limiter on real time has a second for what is to happen at once.
func RunRateLimiter(t *testing.T, open func(t *testing.T) LimiterBench) {
	run := func(name string, test func(t *testing.T, b LimiterBench)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	rate := outbound.Rate{PerSecond: 1, Burst: 3}

	run("allows a burst and counts down what remains", func(t *testing.T, b LimiterBench) {
		for want := rate.Burst - 1; want >= 0; want-- {
			if v := allow(t, b, "ann", rate); !v.Allowed || v.Remaining != want {
				t.Errorf("%+v, want it allowed with %d remaining", v, want)
			}
		}
	})

	run("says how long to wait exactly when none remains", func(t *testing.T, b LimiterBench) {
		for range rate.Burst + 1 {
			v := allow(t, b, "ann", rate)
			if v.Remaining > 0 && v.RetryAfter != 0 {
				t.Errorf("%+v, want no wait", v)
			}
			if v.Remaining == 0 && (v.RetryAfter <= 0 || v.RetryAfter > time.Second) {
				t.Errorf("%+v, want a wait of up to a second", v)
			}
		}
	})

	run("refuses what is beyond the burst", func(t *testing.T, b LimiterBench) {
		spend(t, b, rate)
		if v := allow(t, b, "ann", rate); v.Allowed || v.Remaining != 0 {
			t.Errorf("%+v, want it refused", v)
		}
	})

	run("allows one more after the wait, and no second", func(t *testing.T, b LimiterBench) {
		spend(t, b, rate)
		b.Advance(allow(t, b, "ann", rate).RetryAfter)
		if v := allow(t, b, "ann", rate); !v.Allowed {
			t.Errorf("after the wait: %+v", v)
		}
		if v := allow(t, b, "ann", rate); v.Allowed {
			t.Errorf("right after: %+v", v)
		}
	})

	run("counts nothing against the key when it refuses", func(t *testing.T, b LimiterBench) {
		spend(t, b, rate)
		for range 20 {
			allow(t, b, "ann", rate)
		}
		b.Advance(time.Second)
		if v := allow(t, b, "ann", rate); !v.Allowed {
			t.Errorf("a second later: %+v", v)
		}
	})

	run("allows the whole burst again after a rest, and no more", func(t *testing.T, b LimiterBench) {
		spend(t, b, rate)
		b.Advance(5 * time.Second)
		spend(t, b, rate)
		if v := allow(t, b, "ann", rate); v.Allowed {
			t.Errorf("beyond the burst: %+v", v)
		}
	})

	run("counts each key by itself", func(t *testing.T, b LimiterBench) {
		spend(t, b, rate)
		if v := allow(t, b, "bob", rate); !v.Allowed || v.Remaining != rate.Burst-1 {
			t.Errorf("%+v, want it allowed with %d remaining", v, rate.Burst-1)
		}
	})

	run("never allows more than the burst to many at once", func(t *testing.T, b LimiterBench) {
		wide := outbound.Rate{PerSecond: 1, Burst: 20}
		var allowed atomic.Int64
		atOnce(64, func(int) {
			v, err := b.Limiter.Allow(t.Context(), "ann", wide)
			if err != nil {
				t.Error(err)
			}
			if v.Allowed {
				allowed.Add(1)
			}
		})
		if got := allowed.Load(); got != int64(wide.Burst) {
			t.Errorf("%d were allowed, want %d", got, wide.Burst)
		}
	})

	run("counts nothing once the context is cancelled", func(t *testing.T, b LimiterBench) {
		_, err := b.Limiter.Allow(stopped(t), "ann", rate)
		wantError(t, err, context.Canceled)
		spend(t, b, rate)
	})
}

func allow(t *testing.T, b LimiterBench, key string, rate outbound.Rate) outbound.Verdict {
	t.Helper()
	v, err := b.Limiter.Allow(t.Context(), key, rate)
	must(t, err)
	return v
}

// spend makes Ann's requests until the burst is used up.
func spend(t *testing.T, b LimiterBench, rate outbound.Rate) {
	t.Helper()
	for n := range rate.Burst {
		if v := allow(t, b, "ann", rate); !v.Allowed {
			t.Fatalf("request %d of the burst: %+v", n+1, v)
		}
	}
}

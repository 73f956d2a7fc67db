package contract

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// RateLimiter holds a fresh rate limiter and its clock.
type RateLimiter struct {
	platform.RateLimiter
	// Advance moves the clock forward, or waits if the clock is real.
	Advance func(time.Duration)
	// OpenAnother opens the same rate limiter a second time, as another process would. It
	// is nil if the rate limiter is not shared.
	OpenAnother func(t *testing.T) platform.RateLimiter
}

// rateLimiterTest is one attempt at a test. If a slow attempt fails, the test is
// repeated, because the limiter allows one more request each second.
type rateLimiterTest struct {
	*testing.T
	limiter  RateLimiter
	waited   time.Duration
	failures []string
}

// Errorf keeps the failure instead of reporting it.
func (rt *rateLimiterTest) Errorf(format string, args ...any) {
	rt.failures = append(rt.failures, fmt.Sprintf(format, args...))
}

func (rt *rateLimiterTest) advance(d time.Duration) {
	rt.waited += d
	rt.limiter.Advance(d)
}

// RunRateLimiter checks a [platform.RateLimiter]. The tests use rates of one request per
// second, so with a real clock a test must make its burst within one second.
func RunRateLimiter(t *testing.T, open func(t *testing.T) RateLimiter) {
	run := func(name string, test func(rt *rateLimiterTest)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for attempt := 1; ; attempt++ {
				rt := &rateLimiterTest{T: t, limiter: open(t)}
				start := time.Now()
				test(rt)
				if took := time.Since(start) - rt.waited; took > 900*time.Millisecond && len(rt.failures) > 0 && attempt < 10 {
					t.Logf("attempt %d: the requests that should be made at once took %s, try again", attempt, took)
					continue
				}
				for _, failure := range rt.failures {
					t.Error(failure)
				}
				return
			}
		})
	}
	rate := platform.Rate{PerSecond: 1, Burst: 3}

	run("allows a burst and counts down the remaining requests", func(rt *rateLimiterTest) {
		for want := rate.Burst - 1; want >= 0; want-- {
			if v := rt.allow("ann", rate); !v.Allowed || v.Remaining != want {
				rt.Errorf("got %+v, want it allowed with %d remaining", v, want)
			}
		}
	})

	run("returns a time to wait only when no request remains", func(rt *rateLimiterTest) {
		for range rate.Burst + 1 {
			v := rt.allow("ann", rate)
			if v.Remaining > 0 && v.RetryAfter != 0 {
				rt.Errorf("got %+v, want no time to wait", v)
			}
			if v.Remaining == 0 && (v.RetryAfter <= 0 || v.RetryAfter > time.Second) {
				rt.Errorf("got %+v, want a time to wait of up to a second", v)
			}
		}
	})

	run("refuses a request beyond the burst", func(rt *rateLimiterTest) {
		rt.spend(rate)
		if v := rt.allow("ann", rate); v.Allowed || v.Remaining != 0 {
			rt.Errorf("got %+v, want it refused", v)
		}
	})

	run("allows exactly one more request after the wait", func(rt *rateLimiterTest) {
		rt.spend(rate)
		rt.advance(rt.allow("ann", rate).RetryAfter)
		if v := rt.allow("ann", rate); !v.Allowed {
			rt.Errorf("after the wait: got %+v, want it allowed", v)
		}
		if v := rt.allow("ann", rate); v.Allowed {
			rt.Errorf("right after that: got %+v, want it refused", v)
		}
	})

	run("does not count a refused request", func(rt *rateLimiterTest) {
		rt.spend(rate)
		for range 20 {
			rt.allow("ann", rate)
		}
		rt.advance(time.Second)
		if v := rt.allow("ann", rate); !v.Allowed {
			rt.Errorf("a second later: got %+v, want it allowed", v)
		}
	})

	run("allows exactly one more burst after a pause", func(rt *rateLimiterTest) {
		rt.spend(rate)
		rt.advance(5 * time.Second)
		rt.spend(rate)
		if v := rt.allow("ann", rate); v.Allowed {
			rt.Errorf("beyond the burst: got %+v, want it refused", v)
		}
	})

	run("counts each key separately", func(rt *rateLimiterTest) {
		rt.spend(rate)
		if v := rt.allow("bob", rate); !v.Allowed || v.Remaining != rate.Burst-1 {
			rt.Errorf("got %+v, want it allowed with %d remaining", v, rate.Burst-1)
		}
	})

	run("allows exactly one burst of concurrent requests", func(rt *rateLimiterTest) {
		wide := platform.Rate{PerSecond: 1, Burst: 20}
		var allowed atomic.Int64
		testkit.RunConcurrently(64, func(int) {
			v, err := rt.limiter.Allow(rt.Context(), "ann", wide)
			if err != nil {
				rt.Error(err)
			}
			if v.Allowed {
				allowed.Add(1)
			}
		})
		if got := allowed.Load(); got != int64(wide.Burst) {
			rt.Errorf("got %d allowed, want %d", got, wide.Burst)
		}
	})

	run("counts the requests of two processes together", func(rt *rateLimiterTest) {
		SkipUnlessShared(rt.T, rt.limiter.OpenAnother != nil)
		processes := []platform.RateLimiter{rt.limiter, rt.limiter.OpenAnother(rt.T)}
		for n := range rate.Burst + 2 {
			got, err := processes[n%2].Allow(rt.Context(), "ann", rate)
			testkit.Must(rt.T, err)
			if want := n < rate.Burst; got.Allowed != want {
				rt.Errorf("request %d: got allowed %t, want %t", n+1, got.Allowed, want)
			}
		}
	})

	run("counts nothing if the context is already cancelled", func(rt *rateLimiterTest) {
		_, err := rt.limiter.Allow(testkit.CancelledContext(rt.T), "ann", rate)
		testkit.WantError(rt.T, err, context.Canceled)
		rt.spend(rate)
	})
}

func (rt *rateLimiterTest) allow(key string, rate platform.Rate) platform.RateDecision {
	rt.Helper()
	v, err := rt.limiter.Allow(rt.Context(), key, rate)
	testkit.Must(rt.T, err)
	return v
}

// spend makes a full burst of requests with the key ann, and requires that all are
// allowed.
func (rt *rateLimiterTest) spend(rate platform.Rate) {
	for n := range rate.Burst {
		if v := rt.allow("ann", rate); !v.Allowed {
			rt.Errorf("request %d of the burst: got %+v, want it allowed", n+1, v)
		}
	}
}

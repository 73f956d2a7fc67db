package contract

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/ports/platform"
)

// LimiterBench is a rate limiter that has counted nothing yet, and its time.
type LimiterBench struct {
	Limiter platform.RateLimiter
	// Advance lets time pass. Where time cannot be moved, it waits.
	Advance func(time.Duration)
}

// limiting is one attempt at a test. What it finds wrong counts only if what
// was to happen at once did: on real time, a second allows one more.
type limiting struct {
	*testing.T
	bench  LimiterBench
	waited time.Duration
	wrong  []string
}

func (l *limiting) Errorf(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

func (l *limiting) advance(d time.Duration) {
	l.waited += d
	l.bench.Advance(d)
}

// RunRateLimiter holds rate limiters against the contract of
// platform.RateLimiter. Its rates are of one request a second, so that a
// limiter on real time has a second for what is to happen at once.
func RunRateLimiter(t *testing.T, open func(t *testing.T) LimiterBench) {
	run := func(name string, test func(l *limiting)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for tries := 1; ; tries++ {
				l := &limiting{T: t, bench: open(t)}
				start := time.Now()
				test(l)
				if took := time.Since(start) - l.waited; took > 900*time.Millisecond && len(l.wrong) > 0 && tries < 10 {
					t.Logf("once more: what is to happen at once took %s", took)
					continue
				}
				for _, what := range l.wrong {
					t.Error(what)
				}
				return
			}
		})
	}
	rate := platform.Rate{PerSecond: 1, Burst: 3}

	run("allows a burst and counts down what remains", func(l *limiting) {
		for want := rate.Burst - 1; want >= 0; want-- {
			if v := l.allow("ann", rate); !v.Allowed || v.Remaining != want {
				l.Errorf("%+v, want it allowed with %d remaining", v, want)
			}
		}
	})

	run("says how long to wait exactly when none remains", func(l *limiting) {
		for range rate.Burst + 1 {
			v := l.allow("ann", rate)
			if v.Remaining > 0 && v.RetryAfter != 0 {
				l.Errorf("%+v, want no wait", v)
			}
			if v.Remaining == 0 && (v.RetryAfter <= 0 || v.RetryAfter > time.Second) {
				l.Errorf("%+v, want a wait of up to a second", v)
			}
		}
	})

	run("refuses what is beyond the burst", func(l *limiting) {
		l.spend(rate)
		if v := l.allow("ann", rate); v.Allowed || v.Remaining != 0 {
			l.Errorf("%+v, want it refused", v)
		}
	})

	run("allows one more after the wait, and no second", func(l *limiting) {
		l.spend(rate)
		l.advance(l.allow("ann", rate).RetryAfter)
		if v := l.allow("ann", rate); !v.Allowed {
			l.Errorf("after the wait: %+v", v)
		}
		if v := l.allow("ann", rate); v.Allowed {
			l.Errorf("right after: %+v", v)
		}
	})

	run("counts nothing against the key when it refuses", func(l *limiting) {
		l.spend(rate)
		for range 20 {
			l.allow("ann", rate)
		}
		l.advance(time.Second)
		if v := l.allow("ann", rate); !v.Allowed {
			l.Errorf("a second later: %+v", v)
		}
	})

	run("allows the whole burst again after a rest, and no more", func(l *limiting) {
		l.spend(rate)
		l.advance(5 * time.Second)
		l.spend(rate)
		if v := l.allow("ann", rate); v.Allowed {
			l.Errorf("beyond the burst: %+v", v)
		}
	})

	run("counts each key by itself", func(l *limiting) {
		l.spend(rate)
		if v := l.allow("bob", rate); !v.Allowed || v.Remaining != rate.Burst-1 {
			l.Errorf("%+v, want it allowed with %d remaining", v, rate.Burst-1)
		}
	})

	run("never allows more than the burst to many at once", func(l *limiting) {
		wide := platform.Rate{PerSecond: 1, Burst: 20}
		var allowed atomic.Int64
		atOnce(64, func(int) {
			v, err := l.bench.Limiter.Allow(l.Context(), "ann", wide)
			if err != nil {
				l.Error(err)
			}
			if v.Allowed {
				allowed.Add(1)
			}
		})
		if got := allowed.Load(); got != int64(wide.Burst) {
			l.Errorf("%d were allowed, want %d", got, wide.Burst)
		}
	})

	run("counts nothing once the context is cancelled", func(l *limiting) {
		_, err := l.bench.Limiter.Allow(stopped(l.T), "ann", rate)
		wantError(l.T, err, context.Canceled)
		l.spend(rate)
	})
}

func (l *limiting) allow(key string, rate platform.Rate) platform.RateDecision {
	l.Helper()
	v, err := l.bench.Limiter.Allow(l.Context(), key, rate)
	must(l.T, err)
	return v
}

// spend makes Ann's requests until the burst is used up.
func (l *limiting) spend(rate platform.Rate) {
	for n := range rate.Burst {
		if v := l.allow("ann", rate); !v.Allowed {
			l.Errorf("request %d of the burst: %+v", n+1, v)
		}
	}
}

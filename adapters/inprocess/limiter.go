// Package inprocess implements a rate limiter and locks for services that run as a single
// process.
package inprocess

import (
	"context"
	"maps"
	"sync"
	"time"

	"example.com/portico/ports/platform"
)

var _ platform.RateLimiter = (*RateLimiter)(nil)

// RateLimiter limits the rate of requests within one process. A key is idle when its
// whole burst is available again. RateLimiter drops idle keys.
type RateLimiter struct {
	clock platform.Clock

	mu sync.Mutex
	// arrivals holds the theoretical arrival time of each key: the time at which its
	// whole burst is available again.
	arrivals map[string]time.Time
	// sweepAt is the number of keys that triggers the next sweep.
	sweepAt int
}

// minSweep is the number of keys below which a sweep is not worth its cost.
const minSweep = 1024

// NewRateLimiter returns a limiter that has counted no requests.
func NewRateLimiter(clock platform.Clock) *RateLimiter {
	return &RateLimiter{clock: clock, arrivals: map[string]time.Time{}, sweepAt: minSweep}
}

func (l *RateLimiter) Allow(ctx context.Context, key string, rate platform.Rate) (platform.RateDecision, error) {
	if err := ctx.Err(); err != nil {
		return platform.RateDecision{}, err
	}
	interval := time.Second / time.Duration(rate.PerSecond)
	l.mu.Lock()
	defer l.mu.Unlock()

	now := l.clock.Now()
	arrival := l.arrivals[key]
	if arrival.Before(now) {
		arrival = now
	}
	room := time.Duration(rate.Burst)*interval - arrival.Sub(now)
	allowed := room >= interval
	if allowed {
		room -= interval
		l.arrivals[key] = arrival.Add(interval)
		l.sweep(now)
	}
	return platform.RateDecision{
		Allowed:    allowed,
		Remaining:  int(room / interval),
		RetryAfter: max(0, interval-room),
	}, nil
}

// sweep drops idle keys. It does nothing until the number of keys has doubled since the
// last sweep, so that the average cost per request is small.
func (l *RateLimiter) sweep(now time.Time) {
	if len(l.arrivals) < l.sweepAt {
		return
	}
	maps.DeleteFunc(l.arrivals, func(_ string, arrival time.Time) bool { return !arrival.After(now) })
	l.sweepAt = max(minSweep, 2*len(l.arrivals))
}

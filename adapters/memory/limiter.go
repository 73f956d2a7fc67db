package memory

import (
	"context"
	"maps"
	"sync"
	"time"

	"example.com/portico/ports/platform"
)

// RateLimiter counts requests. It remembers a key for as long as its burst is
// not whole again.
type RateLimiter struct {
	clock platform.Clock

	mu sync.Mutex
	// arrivals are the theoretical arrival times of the algorithm: when a key
	// that asks no more has its whole burst again.
	arrivals map[string]time.Time
	// sweepAt is how many keys there are when the idle ones are dropped next.
	sweepAt int
}

const fewKeys = 1024 // not worth a sweep

// NewRateLimiter makes a limiter that has counted nothing yet.
func NewRateLimiter(clock platform.Clock) *RateLimiter {
	return &RateLimiter{clock: clock, arrivals: map[string]time.Time{}, sweepAt: fewKeys}
}

// Allow is as platform.RateLimiter says.
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

// sweep drops the keys that are idle. It runs when there are twice as many keys
// as the last sweep left, and so costs each request little.
func (l *RateLimiter) sweep(now time.Time) {
	if len(l.arrivals) < l.sweepAt {
		return
	}
	maps.DeleteFunc(l.arrivals, func(_ string, arrival time.Time) bool { return !arrival.After(now) })
	l.sweepAt = max(fewKeys, 2*len(l.arrivals))
}

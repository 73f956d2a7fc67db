package redis

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"example.com/portico/ports/platform"
)

var _ platform.RateLimiter = (*RateLimiter)(nil)

// RateLimiter counts the requests of all processes together, and uses the clock of Redis.
// It forgets a key when the key's full burst is available again.
type RateLimiter struct{ limiter *redis_rate.Limiter }

// NewRateLimiter returns a rate limiter that keeps its state in the database of c.
func NewRateLimiter(c *Client) *RateLimiter { return &RateLimiter{redis_rate.NewLimiter(c.redis)} }

func (l *RateLimiter) Allow(ctx context.Context, key string, rate platform.Rate) (platform.RateDecision, error) {
	counted, err := l.limiter.Allow(ctx, "portico:"+key, redis_rate.Limit{Rate: rate.PerSecond, Burst: rate.Burst, Period: time.Second})
	if err != nil {
		return platform.RateDecision{}, mapError(ctx, err)
	}
	decision := platform.RateDecision{Allowed: counted.Allowed > 0}
	interval := time.Second / time.Duration(rate.PerSecond)
	room := time.Duration(rate.Burst)*interval - counted.ResetAfter
	if decision.Remaining = max(0, int((room+tick)/interval)); decision.Remaining == 0 {
		decision.RetryAfter = interval - room
	}
	return decision, nil
}

// tick is the resolution of the clock. Smaller differences are rounding errors of the
// script.
const tick = time.Microsecond

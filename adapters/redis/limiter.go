package redis

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"example.com/portico/ports/platform"
)

// RateLimiter counts requests for all processes together, by the clock of
// Redis. It forgets a key as soon as its burst is whole again.
type RateLimiter struct{ limiter *redis_rate.Limiter }

// NewRateLimiter counts in c.
func NewRateLimiter(c *Client) *RateLimiter { return &RateLimiter{redis_rate.NewLimiter(c.redis)} }

// Allow is as platform.RateLimiter says.
func (l *RateLimiter) Allow(ctx context.Context, key string, rate platform.Rate) (platform.RateDecision, error) {
	counted, err := l.limiter.Allow(ctx, "portico:"+key, redis_rate.Limit{Rate: rate.PerSecond, Burst: rate.Burst, Period: time.Second})
	if err != nil {
		return platform.RateDecision{}, explain(ctx, err)
	}
	verdict := platform.RateDecision{Allowed: counted.Allowed > 0}
	interval := time.Second / time.Duration(rate.PerSecond)
	room := time.Duration(rate.Burst)*interval - counted.ResetAfter
	if verdict.Remaining = max(0, int((room+tick)/interval)); verdict.Remaining == 0 {
		verdict.RetryAfter = interval - room
	}
	return verdict, nil
}

// tick is the clock's resolution. What is less stems from the script's floating
// point numbers.
const tick = time.Microsecond

package redis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

func TestRateLimiterKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract.RunRateLimiter(t, func(t *testing.T) contract.LimiterBench {
		t.Helper()
		return contract.LimiterBench{Limiter: redis.NewRateLimiter(open(t, servers.Redis(t))), Advance: time.Sleep}
	})
}

func TestRateLimiter(t *testing.T) {
	t.Parallel()

	t.Run("counts for all processes together", func(t *testing.T) {
		t.Parallel()
		url := servers.Redis(t)
		one, other := redis.NewRateLimiter(open(t, url)), redis.NewRateLimiter(open(t, url))
		rate := outbound.Rate{PerSecond: 1, Burst: 4}
		for range 2 {
			for _, limiter := range []*redis.RateLimiter{one, other} {
				if v := allow(t, limiter, rate); !v.Allowed {
					t.Errorf("within the burst: %+v", v)
				}
			}
		}
		for _, limiter := range []*redis.RateLimiter{one, other} {
			if v := allow(t, limiter, rate); v.Allowed {
				t.Errorf("beyond the burst: %+v", v)
			}
		}
	})

	t.Run("counts what remains at rates that no clock divides by", func(t *testing.T) {
		t.Parallel()
		limiter := redis.NewRateLimiter(open(t, servers.Redis(t)))
		for perSecond := range 500 {
			rate := outbound.Rate{PerSecond: perSecond + 1, Burst: 2 * (perSecond + 1)}
			v, err := limiter.Allow(t.Context(), fmt.Sprint(rate), rate)
			if err != nil || !v.Allowed || v.Remaining != rate.Burst-1 {
				t.Errorf("%+v: %+v, %v, want %d remaining", rate, v, err, rate.Burst-1)
			}
		}
	})

	t.Run("says a shorter wait to who has waited", func(t *testing.T) {
		t.Parallel()
		limiter := redis.NewRateLimiter(open(t, servers.Redis(t)))
		rate := outbound.Rate{PerSecond: 1, Burst: 1}
		allow(t, limiter, rate)
		eventually(t, "the wait is shorter", func() bool { return allow(t, limiter, rate).RetryAfter < 900*time.Millisecond })
	})

	t.Run("leaves nothing behind for good, nor where another service would", func(t *testing.T) {
		t.Parallel()
		url := servers.Redis(t)
		allow(t, redis.NewRateLimiter(open(t, url)), outbound.Rate{PerSecond: 1, Burst: 3})
		keys, err := raw(t, url).Keys(t.Context(), "*").Result()
		if err != nil || len(keys) != 1 || !strings.Contains(keys[0], "portico:") {
			t.Fatalf("keys %q, %v, want one of ours", keys, err)
		}
		ttl, err := raw(t, url).PTTL(t.Context(), keys[0]).Result()
		if err != nil || ttl <= 0 || ttl > 3*time.Second {
			t.Errorf("%s stays for %s, %v", keys[0], ttl, err)
		}
	})

	for how, away := range away {
		t.Run("says within moments that Redis is "+how, func(t *testing.T) {
			t.Parallel()
			line := servers.Proxy(t, servers.Redis(t))
			limiter := redis.NewRateLimiter(open(t, line.URL))
			rate := outbound.Rate{PerSecond: 1000, Burst: 1000}
			allow(t, limiter, rate)
			away.leave(line)
			start := time.Now()
			for range 200 {
				if _, err := limiter.Allow(t.Context(), "ann", rate); !errors.Is(err, outbound.ErrUnavailable) {
					t.Fatalf("%v, want ErrUnavailable", err)
				}
			}
			if took := time.Since(start); took > away.within {
				t.Errorf("200 requests took %s", took)
			}
			line.Restore()
			eventually(t, "requests are counted again", func() bool {
				_, err := limiter.Allow(t.Context(), "ann", rate)
				return err == nil
			})
		})
	}
}

func allow(t *testing.T, limiter *redis.RateLimiter, rate outbound.Rate) outbound.Verdict {
	t.Helper()
	v, err := limiter.Allow(t.Context(), "ann", rate)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

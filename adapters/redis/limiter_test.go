package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestRateLimiterSatisfiesTheContract(t *testing.T) {
	t.Parallel()
	contract.RunRateLimiter(t, func(t *testing.T) contract.RateLimiter {
		t.Helper()
		url := servers.Redis(t)
		return contract.RateLimiter{
			RateLimiter: redis.NewRateLimiter(open(t, url)),
			Advance:     time.Sleep,
			OpenAnother: func(t *testing.T) platform.RateLimiter {
				t.Helper()
				return redis.NewRateLimiter(open(t, url))
			},
		}
	})
}

func TestRateLimiter(t *testing.T) {
	t.Parallel()

	t.Run("counts the requests of all processes together", func(t *testing.T) {
		t.Parallel()
		rate := platform.Rate{PerSecond: 1, Burst: 4}
		for inTime := false; !inTime; { // repeats a slow run: after one second, another request is allowed
			url := servers.Redis(t)
			limiters := []*redis.RateLimiter{redis.NewRateLimiter(open(t, url)), redis.NewRateLimiter(open(t, url))}
			start := time.Now()
			var allowed []bool
			for i := range rate.Burst + 2 {
				allowed = append(allowed, allow(t, limiters[i%2], rate).Allowed)
			}
			inTime = time.Since(start) < time.Second
			if want := []bool{true, true, true, true, false, false}; inTime && !slices.Equal(allowed, want) {
				t.Errorf("allowed are %v, want %v", allowed, want)
			}
		}
	})

	t.Run("is exact even if the time between requests is not a whole number of microseconds", func(t *testing.T) {
		t.Parallel()
		limiter := redis.NewRateLimiter(open(t, servers.Redis(t)))
		for perSecond := range 500 {
			rate := platform.Rate{PerSecond: perSecond + 1, Burst: 2 * (perSecond + 1)}
			v, err := limiter.Allow(t.Context(), fmt.Sprint(rate), rate)
			if err != nil || !v.Allowed || v.Remaining != rate.Burst-1 {
				t.Errorf("%+v: got %+v, %v, want %d remaining", rate, v, err, rate.Burst-1)
			}
		}
	})

	t.Run("shortens the wait as time passes", func(t *testing.T) {
		t.Parallel()
		limiter := redis.NewRateLimiter(open(t, servers.Redis(t)))
		rate := platform.Rate{PerSecond: 1, Burst: 1}
		allow(t, limiter, rate)
		testkit.Eventually(t, "the wait is shorter", func() bool { return allow(t, limiter, rate).RetryAfter < 900*time.Millisecond })
	})

	t.Run("uses one expiring key with the prefix of the service", func(t *testing.T) {
		t.Parallel()
		url := servers.Redis(t)
		limiter, rate := redis.NewRateLimiter(open(t, url)), platform.Rate{PerSecond: 1, Burst: 30}
		for range rate.Burst {
			allow(t, limiter, rate)
		}
		keys, err := raw(t, url).Keys(t.Context(), "*").Result()
		if err != nil || len(keys) != 1 || !strings.Contains(keys[0], "portico:") {
			t.Fatalf("keys %q, %v, want one with the prefix portico:", keys, err)
		}
		ttl, err := raw(t, url).PTTL(t.Context(), keys[0]).Result()
		if err != nil || ttl <= 0 || ttl > 30*time.Second {
			t.Errorf("TTL of %s is %s, %v, want at most 30s", keys[0], ttl, err)
		}
	})

	for _, outage := range outages {
		t.Run("fails quickly while Redis is "+outage.name, func(t *testing.T) {
			t.Parallel()
			line := servers.Proxy(t, servers.Redis(t))
			limiter := redis.NewRateLimiter(openWithin(t, line.URL, redis.OperationTimeout))
			rate := platform.Rate{PerSecond: 1000, Burst: 1000}
			testkit.Eventually(t, "requests are counted", func() bool { _, err := limiter.Allow(t.Context(), "ann", rate); return err == nil })
			outage.begin(line)
			start := time.Now()
			for range 200 {
				if _, err := limiter.Allow(t.Context(), "ann", rate); !errors.Is(err, ports.ErrUnavailable) {
					t.Fatalf("error %v, want ErrUnavailable", err)
				}
			}
			if took := time.Since(start); took > outage.within {
				t.Errorf("200 requests took %s, want at most %s", took, outage.within)
			}
			line.Restore()
			testkit.Eventually(t, "requests are counted again", func() bool {
				_, err := limiter.Allow(t.Context(), "ann", rate)
				return err == nil
			})
		})
	}
}

func allow(t *testing.T, limiter *redis.RateLimiter, rate platform.Rate) platform.RateDecision {
	t.Helper()
	v, err := limiter.Allow(t.Context(), "ann", rate)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

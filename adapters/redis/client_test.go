package redis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"example.com/portico/adapters/redis"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open returns a client with a timeout that is long enough for a busy machine.
func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	return openWithin(t, url, 30*time.Second)
}

func openWithin(t *testing.T, url string, timeout time.Duration) *redis.Client {
	t.Helper()
	client, err := redis.Open(url, timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// raw returns a Redis client that bypasses the adapter.
func raw(t *testing.T, url string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestOpen(t *testing.T) {
	t.Run("refuses an invalid address without quoting it", func(t *testing.T) {
		for _, address := range []string{
			"", "localhost:6379", "http://ann:secret@localhost", "redis://ann:secret@local host", "redis://:secret@h/zero",
		} {
			_, err := redis.Open(address, time.Second)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: error %v, want one without the password", address, err)
			}
		}
	})
}

func TestCircuitBreaker(t *testing.T) {
	t.Parallel()
	line := servers.Proxy(t, servers.Redis(t))
	limiter := redis.NewRateLimiter(openWithin(t, line.URL, redis.OperationTimeout))
	allow := func(ctx context.Context) error {
		_, err := limiter.Allow(ctx, "ann", platform.Rate{PerSecond: 1000, Burst: 1000})
		return err
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // cancelled calls do not open the breaker
		if err := allow(gone); !errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("for a caller who has gone: error %v, want Canceled alone", err)
		}
	}
	testkit.Eventually(t, "Redis answers in time", func() bool { return allow(t.Context()) == nil })
	line.Cut()
	if err := allow(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("while Redis is stopped: error %v, want ErrUnavailable", err)
	}
}

// outages lists how Redis can be unavailable, and how long 200 consecutive requests may
// take during each outage.
var outages = []struct {
	name   string
	begin  func(*servers.Line)
	within time.Duration
}{
	{"stopped", (*servers.Line).Cut, 5 * time.Second},
	{"silent", (*servers.Line).HalfOpen, 10 * time.Second},
}

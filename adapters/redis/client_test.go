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
	"example.com/portico/tests/integration/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open is for all but what Redis is away in.
func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	return opened(t, url, redis.OpenForTests)
}

func opened(t *testing.T, url string, open func(string) (*redis.Client, error)) *redis.Client {
	t.Helper()
	client, err := open(url)
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

// raw looks at what the adapter keeps.
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
	t.Run("refuses what is no address of a Redis, without quoting it", func(t *testing.T) {
		for _, address := range []string{
			"", "localhost:6379", "http://ann:secret@localhost", "redis://ann:secret@local host", "redis://:secret@h/zero",
		} {
			_, err := redis.Open(address)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", address, err)
			}
		}
	})
}

func TestPing(t *testing.T) {
	t.Parallel()
	line := servers.Proxy(t, servers.Redis(t))
	client := opened(t, line.URL, redis.Open)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // which says nothing about Redis
		if err := client.Ping(gone); !errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("for somebody who is gone: %v, want Canceled alone", err)
		}
	}
	eventually(t, "a Redis that is there answers in time", func() bool { return client.Ping(t.Context()) == nil })
	line.Cut()
	if err := client.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("one that is not: %v, want ErrUnavailable", err)
	}
}

// away are the ways in which a Redis can be that, and how long 200 who ask at
// such a time may take together.
var away = map[string]struct {
	leave  func(*servers.Line)
	within time.Duration
}{
	"stopped": {(*servers.Line).Cut, 5 * time.Second},
	"silent":  {(*servers.Line).HalfOpen, 10 * time.Second},
}

// eventually waits for something that takes a time nobody can say.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never happens that %s", what)
		}
	}
}

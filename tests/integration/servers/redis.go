package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"example.com/portico/tests/integration/images"
)

const redisPort = "6379/tcp"

var redis = server{
	image: images.Redis,
	ports: []string{redisPort},
	data:  []string{"/data"},
	cmd:   []string{"redis-server", "--save", "", "--appendonly", "no", "--databases", "1000"},
	ready: func(ctx context.Context, at addresses) error {
		return onRedis("redis://"+at[redisPort], func(c *goredis.Client) error { return c.Ping(ctx).Err() })
	},
}

var redisServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("TEST_REDIS_URL"); given != "" {
		return given, nil
	}
	at, err := redis.shared()
	return "redis://" + at[redisPort], err
})

// Redis returns the URL of an empty numbered database for one test. All databases share
// the same channels, so give channels unique names.
func Redis(t testing.TB) string {
	t.Helper()
	Needed(t)
	server, err := redisServer()
	if err != nil {
		t.Fatal(err)
	}
	number, err := claimDatabase(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := releaseDatabase(ctx, server, number); err != nil {
			t.Error(err)
		}
	})
	return numbered(server, number)
}

// claimDatabase claims a database that no other test uses. Database 0 has a key for each
// claimed database. The key expires after an hour, because a killed test does not delete
// it.
func claimDatabase(ctx context.Context, server string) (number int, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = onRedis(numbered(server, 0), func(c *goredis.Client) error {
		setting, err := c.ConfigGet(ctx, "databases").Result()
		if err != nil {
			return err
		}
		databases, err := strconv.Atoi(setting["databases"])
		if err != nil {
			return err
		}
		for {
			for number = 1; number < databases; number++ {
				err := c.SetArgs(ctx, claim(number), "a test", goredis.SetArgs{Mode: "NX", TTL: time.Hour}).Err()
				if !errors.Is(err, goredis.Nil) {
					return err
				}
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("redis: other tests use all %d databases", databases)
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return number, empty(ctx, server, number)
}

// releaseDatabase empties a database and frees it for other tests.
func releaseDatabase(ctx context.Context, server string, number int) error {
	if err := empty(ctx, server, number); err != nil {
		return err
	}
	return onRedis(numbered(server, 0), func(c *goredis.Client) error { return c.Del(ctx, claim(number)).Err() })
}

func empty(ctx context.Context, server string, number int) error {
	return onRedis(numbered(server, number), func(c *goredis.Client) error { return c.FlushDB(ctx).Err() })
}

func claim(number int) string { return fmt.Sprintf("portico-test-servers:database:%d", number) }

func numbered(server string, number int) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // the client reports the error
	}
	u.Path = fmt.Sprintf("/%d", number)
	return u.String()
}

func onRedis(url string, work func(*goredis.Client) error) error {
	options, err := goredis.ParseURL(url)
	if err != nil {
		return err
	}
	c := goredis.NewClient(options)
	defer c.Close()
	return work(c)
}

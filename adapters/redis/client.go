// Package redis implements a cache and a rate limiter in Redis, shared by the processes
// of a service. The service survives the loss of all data in Redis, and no request waits
// long for Redis. If Redis is unavailable, the service gets slower but stays correct.
package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"

	"example.com/portico/ports"
)

// OperationTimeout is how long a service should wait for Redis before it continues
// without Redis.
const OperationTimeout = 250 * time.Millisecond

// After maxFailures consecutive failed commands, the circuit breaker opens for
// openTimeout.
const (
	maxFailures = 5
	openTimeout = time.Second
)

// Client is a connection pool with a circuit breaker.
type Client struct{ redis *goredis.Client }

// Open returns a client that connects on first use. The timeout applies to each step of
// an operation: connecting, waiting for a free connection, writing and reading.
func Open(url string, timeout time.Duration) (*Client, error) {
	options, err := goredis.ParseURL(url)
	if err != nil { // err quotes the URL, which may contain a password
		return nil, errors.New("redis: the address is not a URL such as redis://host:6379 or rediss://user:password@host:6379")
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = timeout, timeout, timeout, timeout
	options.DialerRetries = 1
	options.MaxRetries = -1 // no retries: callers continue without Redis instead
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	logging.Disable() // the returned errors are enough
	client := goredis.NewClient(options)
	client.AddHook(breakerHook{gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      openTimeout,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= maxFailures },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) }, // a cancelled call says nothing about Redis
	})})
	return &Client{client}, nil
}

func (c *Client) Close() error { return c.redis.Close() }

// mapError translates a driver error into an error of package ports.
func mapError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("redis: %w: %w", ports.ErrUnavailable, err)
	}
}

// breakerHook rejects commands for openTimeout after too many failures. It then lets one
// command through to probe Redis. Without the breaker, every request would wait for the
// full timeout.
type breakerHook struct {
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// answered reports whether Redis replied, possibly with an error.
func answered(err error) bool {
	_, replied := errors.AsType[goredis.Error](err)
	return err == nil || replied
}

// bypass marks the context of a command that the breaker has let through.
type bypass struct{}

func (h breakerHook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if ctx.Value(bypass{}) != nil { // part of another command that is already counted
			return next(ctx, cmd)
		}
		_, err := h.breaker.Execute(func() (struct{}, error) {
			return struct{}{}, next(context.WithValue(ctx, bypass{}, true), cmd)
		})
		return err
	}
}

// DialHook changes nothing: connecting is part of the first command.
func (h breakerHook) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessPipelineHook changes nothing: the package uses no pipelines.
func (h breakerHook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

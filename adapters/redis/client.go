// Package redis keeps in Redis what the processes of a service share for a
// short while. Nothing is lost with it, and nothing waits for it: a Redis that
// is away makes a service slower, not ill.
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

const (
	// patience is how long one step may take: to connect, to wait for a
	// connection, to write and to read.
	patience = 250 * time.Millisecond
	// mostFailures is how many commands in a row are to fail for Redis to be
	// left alone for a while.
	mostFailures = 5
	leftAloneFor = time.Second
)

// Client is a Redis that answers at once or not at all.
type Client struct{ redis *goredis.Client }

// Open does not connect yet.
func Open(url string) (*Client, error) { return open(url, patience) }

func open(url string, patience time.Duration) (*Client, error) {
	options, err := goredis.ParseURL(url)
	if err != nil { // which quotes the URL, and with it a password
		return nil, errors.New("redis: the address is not a URL such as redis://host:6379 or rediss://user:password@host:6379")
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patience, patience, patience, patience
	options.DialerRetries = 1
	options.MaxRetries = -1 // the callers have something better to do
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	logging.Disable() // what goes wrong is in the errors
	client := goredis.NewClient(options)
	client.AddHook(newGuard())
	return &Client{client}, nil
}

// Ping fails while Redis does not answer.
func (c *Client) Ping(ctx context.Context) error { return explain(ctx, c.redis.Ping(ctx).Err()) }

// Close lets the connections go.
func (c *Client) Close() error { return c.redis.Close() }

// explain tells in the ports' words why Redis did not do as asked.
func explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("redis: %w: %w", ports.ErrUnavailable, err)
	}
}

// guard keeps commands from a Redis that has failed too often, but for one a
// second that tries whether it is back. Without it every request would wait
// for as long as patience lasts.
type guard struct {
	breaker *gobreaker.CircuitBreaker[struct{}]
}

func newGuard() guard {
	return guard{gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      leftAloneFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= mostFailures },
		IsSuccessful: answered,
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) }, // says nothing about Redis
	})}
}

// answered tells whether Redis is there, whatever it said.
func answered(err error) bool {
	_, said := errors.AsType[goredis.Error](err)
	return err == nil || said
}

// guarded marks the context of a command that is let through.
type guarded struct{}

// ProcessHook goes around each command.
func (g guard) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if ctx.Value(guarded{}) != nil { // it makes a connection ready for another command
			return next(ctx, cmd)
		}
		_, err := g.breaker.Execute(func() (struct{}, error) {
			return struct{}{}, next(context.WithValue(ctx, guarded{}, true), cmd)
		})
		return err
	}
}

// DialHook leaves connecting as it is: it is part of the first command.
func (g guard) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessPipelineHook leaves pipelines as they are: there are none.
func (g guard) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

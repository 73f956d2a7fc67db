package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/ports/platform"
)

const (
	// concurrency is the maximum number of events that a call of Consume handles at once.
	concurrency = 8
	// prefetch is the maximum number of unacknowledged events. It exceeds concurrency, so
	// that the next event has already arrived when a handler ends.
	prefetch = 2 * concurrency
)

// Consume runs until ctx ends. When it loses its connection, it waits for the running
// handlers, reports the loss and reconnects. The events of those handlers are delivered
// again.
func (b *Broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	own, ok := b.topology.only(subscription)
	if !ok {
		return fmt.Errorf("consume: unknown subscription %q", subscription)
	}
	c := &consumer{Broker: b, topology: own, subscription: subscription, handle: handle}
	delays := newDelays()
	// RetryNotify returns only when ctx has ended.
	_ = backoff.RetryNotify(
		func() error { return c.run(ctx, delays.Reset) },
		backoff.WithContext(delays, ctx),
		func(err error, _ time.Duration) {
			b.report(ctx, fmt.Errorf("consume %s: %w", subscription, mapError(ctx, err)))
		},
	)
	return nil
}

// newDelays returns the delays between attempts to reach the broker. The number of
// attempts is unlimited.
func newDelays() backoff.BackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(0))
}

type consumer struct {
	*Broker
	topology     topology
	subscription string
	handle       func(context.Context, platform.Event) error
}

// run consumes until ctx ends or an error occurs, such as a lost connection. When run
// returns, no handler is running.
func (c *consumer) run(ctx context.Context, connected func()) error {
	conn, err := c.consuming.get(ctx)
	if err != nil {
		return err
	}
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	if err := c.topology.declare(ch); err != nil {
		return err
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return err
	}
	const tag = "handlers"
	lost, cancelled := ch.NotifyClose(make(chan *amqp.Error, 1)), ch.NotifyCancel(make(chan string, 1))
	deliveries, err := ch.Consume(c.topology.queue(c.subscription), tag, false, false, false, false, nil)
	if err != nil {
		return err
	}
	connected()

	consuming, stop := context.WithCancel(ctx)
	var handlers sync.WaitGroup
	for range concurrency {
		handlers.Go(func() {
			for d := range deliveries {
				// After a stop, skip the remaining events: they return to the queue when
				// the channel closes.
				if consuming.Err() == nil {
					c.deliver(consuming, ch, d)
				}
			}
		})
	}
	defer handlers.Wait()
	defer stop()
	select {
	case <-ctx.Done():
		_ = ch.Cancel(tag, false) // fails if the channel is lost; the loss itself closes deliveries
		return nil
	case reason := <-lost:
		if reason == nil {
			return errClosed
		}
		return reason
	case <-cancelled:
		return errors.New("the broker cancelled the consumer, as it does when a queue is deleted")
	}
}

// deliver handles an event. It acknowledges the event after success, or when the broker
// has stored it for a retry or as a dead letter. If the channel was lost, the event is
// delivered again.
func (c *consumer) deliver(consuming context.Context, ch *amqp.Channel, d amqp.Delivery) {
	ctx := context.WithoutCancel(consuming)
	failed := delivery.Attempt(ctx, c.codec, d.Body, c.handle)
	if failed != nil {
		c.report(ctx, fmt.Errorf("subscription %s, event %s, attempt %d: %w", c.subscription, d.MessageId, attemptsOf(d)+1, failed))
	}
	if ch.IsClosed() {
		return
	}
	if failed != nil && c.scheduleRetry(consuming, d, failed) != nil {
		return
	}
	_ = d.Ack(false) // fails if the channel is lost
}

// scheduleRetry tries until the broker has stored the event for a retry or as a dead
// letter. It does not requeue the event, because the broker would deliver it again at
// once. It gives up when the consumer stops.
func (c *consumer) scheduleRetry(consuming context.Context, d amqp.Delivery, failed error) error {
	attempts := attemptsOf(d) + 1
	next := forward(c.topology.retryQueue(c.subscription, c.policy.Delay(attempts)), d, amqp.Table{attemptsHeader: int32(attempts)})
	if errors.Is(failed, platform.ErrPermanent) || c.policy.Exhausted(attempts) {
		next = deadLetterFor(c.topology.deadLetterQueue(c.subscription), c.subscription, d, attempts, failed, time.Now())
	}
	ctx := context.WithoutCancel(consuming)
	return backoff.RetryNotify(
		func() error { return c.send(ctx, next) },
		backoff.WithContext(newDelays(), consuming),
		func(err error, _ time.Duration) {
			c.report(ctx, fmt.Errorf("subscription %s, schedule retry of event %s: %w", c.subscription, d.MessageId, mapError(ctx, err)))
		},
	)
}

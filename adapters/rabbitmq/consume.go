package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

const (
	// handlersAtOnce is for each call of Consume.
	handlersAtOnce = 8
	// prefetch is how many events the broker hands over that are not yet
	// acknowledged: more than are handled, so that the next is here when one is
	// done.
	prefetch = 2 * handlersAtOnce
)

// Consume is as platform.Subscriber says. It outlives the connection: it
// reports each loss and connects anew, once the handlers under way have ended,
// until ctx ends. What they were at comes again then. Handlers are not told
// that ctx has ended: they finish.
func (b *Broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	own, ok := b.topology.of(subscription)
	if !ok {
		return fmt.Errorf("consume: there is no subscription %q", subscription)
	}
	c := &consumer{Broker: b, topology: own, subscription: subscription, handle: handle}
	pauses := newPauses()
	// It has no other end than that of ctx.
	_ = backoff.RetryNotify(
		func() error { return c.run(ctx, pauses.Reset) },
		backoff.WithContext(pauses, ctx),
		func(err error, _ time.Duration) {
			b.report(ctx, fmt.Errorf("consume %s: %w", subscription, failure(ctx, err)))
		},
	)
	return nil
}

// newPauses are those between tries to reach the broker, without an end.
func newPauses() backoff.BackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(0))
}

// consumer hands the events of one subscription over.
type consumer struct {
	*Broker
	topology     topology
	subscription string
	handle       func(context.Context, platform.Event) error
}

// run returns nil when ctx has ended, and an error when the connection was
// lost. Either way no handler is under way then.
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
	for range handlersAtOnce {
		handlers.Go(func() {
			for d := range deliveries {
				// What is not acknowledged goes back when the channel closes.
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
		_ = ch.Cancel(tag, false) // fails when the channel is lost, which is an end too
		return nil
	case reason := <-lost:
		if reason == nil {
			return errClosed
		}
		return reason
	case <-cancelled:
		return errors.New("the broker has ended the delivery, as it does when a queue is deleted")
	}
}

// deliver acknowledges an event when it was handled, or when the broker has
// confirmed that it has it for a further attempt or as a dead letter. It does
// neither when the channel was lost: then the event comes again.
func (c *consumer) deliver(consuming context.Context, ch *amqp.Channel, d amqp.Delivery) {
	ctx := context.WithoutCancel(consuming)
	failed := c.attempt(ctx, d)
	if failed != nil {
		c.report(ctx, fmt.Errorf("subscription %s, event %s, attempt %d: %w", c.subscription, d.MessageId, attemptsOf(d)+1, failed))
	}
	if ch.IsClosed() {
		return
	}
	if failed != nil && c.postpone(consuming, d, failed) != nil {
		return
	}
	_ = d.Ack(false) // fails when the channel is lost
}

func (c *consumer) attempt(ctx context.Context, d amqp.Delivery) (err error) {
	e, err := events.Decode(d.Body)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.handle(ports.WithCorrelationID(ctx, e.CorrelationID), e)
}

// postpone tries until the broker has the event for a further attempt or as a
// dead letter. While it cannot, the event is held here, so that failing events
// do not go round. It gives up when the consumer stops.
func (c *consumer) postpone(consuming context.Context, d amqp.Delivery, failed error) error {
	attempts := attemptsOf(d) + 1
	next := retryOf(c.topology.retry(c.subscription, c.policy.Delay(attempts)), d, attempts)
	if c.policy.Exhausted(attempts) {
		next = deadLetterOf(c.topology.dead(c.subscription), c.subscription, d, attempts, failed, time.Now())
	}
	ctx := context.WithoutCancel(consuming)
	return backoff.RetryNotify(
		func() error { return c.send(ctx, next) },
		backoff.WithContext(newPauses(), consuming),
		func(err error, _ time.Duration) {
			c.report(ctx, fmt.Errorf("subscription %s, postpone event %s: %w", c.subscription, d.MessageId, failure(ctx, err)))
		},
	)
}

package memory

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// handlersAtOnce is for each call of Consume.
const handlersAtOnce = 8

// Broker brings events to the subscriptions of one process. It is an
// platform.Publisher, an platform.Subscriber and an platform.DeadLetters.
type Broker struct {
	policy  platform.RetryPolicy
	queues  map[string]*queue
	wanting map[string][]*queue // by event type

	mu       sync.Mutex
	letters  []platform.DeadLetter // by ascending id
	lettered int                   // letters there ever were
}

// NewBroker makes a broker for these subscriptions.
func NewBroker(subscriptions []platform.Subscription, policy platform.RetryPolicy) *Broker {
	b := &Broker{policy: policy, queues: map[string]*queue{}, wanting: map[string][]*queue{}}
	for _, s := range subscriptions {
		q := newQueue()
		b.queues[s.Name] = q
		for _, eventType := range s.Types {
			b.wanting[eventType] = append(b.wanting[eventType], q)
		}
	}
	return b
}

// Publish is as platform.Publisher says.
func (b *Broker) Publish(ctx context.Context, events []platform.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, e := range events {
		e.Headers = maps.Clone(e.Headers)
		for _, q := range b.wanting[e.Type] {
			q.put(delivery{event: e})
		}
	}
	return nil
}

// Consume is as platform.Subscriber says. The context of a handler goes on when
// ctx ends, so that what is under way can be finished.
func (b *Broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	q, ok := b.queues[subscription]
	if !ok {
		return fmt.Errorf("consume: there is no subscription %q", subscription)
	}
	var handlers sync.WaitGroup
	for range handlersAtOnce {
		handlers.Go(func() {
			for d, ok := q.take(ctx); ok; d, ok = q.take(ctx) {
				d.attempts++
				err := attempt(context.WithoutCancel(ctx), d.event, handle)
				switch {
				case err == nil:
				case b.policy.Exhausted(d.attempts):
					b.giveUp(subscription, d, err)
				default:
					time.AfterFunc(b.policy.Delay(d.attempts), func() { q.put(d) })
				}
			}
		})
	}
	handlers.Wait()
	return nil
}

func attempt(ctx context.Context, e platform.Event, handle func(context.Context, platform.Event) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the handler panicked: %v", r)
		}
	}()
	e.Headers = maps.Clone(e.Headers)
	return handle(ports.WithCorrelationID(ctx, e.CorrelationID), e)
}

package worker

import (
	"context"
	"fmt"

	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Reaction handles the events of one subscription.
type Reaction struct {
	platform.Subscription
	Handle func(context.Context, platform.Event) error
}

// Subscription is the name of a subscription to the events E.
type Subscription[E event.Event] string

// Declare describes the subscription for a broker.
func (s Subscription[E]) Declare() platform.Subscription {
	var e E
	return platform.Subscription{Name: string(s), Types: []string{e.EventType()}}
}

// React handles the events of the subscription.
func (s Subscription[E]) React(handle func(context.Context, ports.Delivery, E) error) Reaction {
	return Reaction{
		Subscription: s.Declare(),
		Handle: func(ctx context.Context, e platform.Event) error {
			body, ok := e.Body.(E)
			if !ok {
				return fmt.Errorf("subscription %s: event %s of type %s carries a %T", s, e.ID, e.Type, e.Body)
			}
			return handle(ctx, ports.Delivery{Subscription: string(s), Event: e.ID}, body)
		},
	}
}

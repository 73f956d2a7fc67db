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

// React returns a reaction that runs a use case for each event of type E. The function
// commandOf makes the command from the event.
func React[E event.Event, C, R any](subscription string, useCase ports.UseCase[C, R], commandOf func(ports.Delivery, E) C) Reaction {
	var sample E
	return Reaction{
		Subscription: platform.Subscription{Name: subscription, Types: []string{sample.EventType()}},
		Handle: func(ctx context.Context, e platform.Event) error {
			body, ok := e.Body.(E)
			if !ok {
				return fmt.Errorf("subscription %s: event %s of type %s carries a %T", subscription, e.ID, e.Type, e.Body)
			}
			_, err := useCase.Handle(ctx, commandOf(ports.Delivery{Subscription: subscription, Event: e.ID}, body))
			return err
		},
	}
}

package application

import (
	"context"
	"time"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// RelayEvents hands stored events over to the broker.
type RelayEvents struct {
	Outbox    outbound.Outbox
	Publisher outbound.Publisher
}

// handOver is how long a batch may take. A process that is told to end waits for
// it: what is called off is published again.
const handOver = 15 * time.Second

// Handle hands one batch over and tells its size.
func (uc *RelayEvents) Handle(ctx context.Context, _ inbound.RelayEvents) (int, error) {
	return uc.Outbox.Relay(ctx, inbound.RelayBatch, func(ctx context.Context, events []outbound.Event) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOver)
		defer cancel()
		return uc.Publisher.Publish(ctx, events)
	})
}

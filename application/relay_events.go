package application

import (
	"context"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// RelayEvents hands stored events over to the broker.
type RelayEvents struct {
	Outbox    outbound.Outbox
	Publisher outbound.Publisher
}

// Handle hands one batch over and tells its size.
func (uc *RelayEvents) Handle(ctx context.Context, _ inbound.RelayEvents) (int, error) {
	return uc.Outbox.Relay(ctx, inbound.RelayBatch, uc.Publisher.Publish)
}

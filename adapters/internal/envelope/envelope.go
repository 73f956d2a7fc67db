// Package envelope puts the events that aggregates record into envelopes.
package envelope

import (
	"context"

	"example.com/portico/adapters/internal/ids"
	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Seal puts each recorded event of an aggregate into an envelope, under the
// correlation id of the context.
func Seal(ctx context.Context, aggregate string, recorded []event.Event) []platform.Event {
	sealed := make([]platform.Event, len(recorded))
	for i, e := range recorded {
		sealed[i] = platform.Event{
			ID:            ports.EventID(ids.New()),
			Type:          e.EventType(),
			Aggregate:     aggregate,
			OccurredAt:    e.OccurredAt().UTC(),
			CorrelationID: ports.CorrelationID(ctx),
			Body:          e,
		}
	}
	return sealed
}

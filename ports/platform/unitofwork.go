package platform

import (
	"context"

	"example.com/portico/ports"
)

// UnitOfWork changes several aggregates, kept by the stores S, in one step. Durable
// and shared.
type UnitOfWork[S any] interface {
	// Do runs work in one transaction, on the stores given to it. It commits
	// when work returns nil. It changes nothing when work fails or panics, and
	// returns that error or panics on; the same when ctx ends before. A method
	// that fails inside leaves nothing behind, and work may go on.
	//
	// Work may run more than once, because transactions that get into each
	// other's way are tried again a bounded number of times: so it does nothing
	// outside of the stores.
	Do(ctx context.Context, work func(ctx context.Context, stores S) error) error
}

// Inbox remembers which events had their effect. Durable and shared, as the
// stores of its unit of work are.
type Inbox interface {
	// FirstTime tells whether the subscription sees the event for the first
	// time, and remembers it. It is called inside a unit of work, so that it
	// is remembered exactly when the effect is there.
	FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error)
}

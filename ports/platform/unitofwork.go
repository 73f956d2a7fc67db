package platform

import (
	"context"

	"example.com/portico/ports"
)

// UnitOfWork changes several aggregates of the stores S in one transaction. Durable
// and shared.
type UnitOfWork[S any] interface {
	// Do calls work with the stores of one transaction, and commits if it
	// succeeds. If work fails or panics, or ctx ends, it changes nothing, and
	// returns that error or panics again. A method of the stores that fails
	// changes nothing either, and work may continue.
	//
	// Work may be called more than once, because conflicting transactions are
	// retried a bounded number of times. It must have no side effects outside
	// the stores.
	Do(ctx context.Context, work func(ctx context.Context, stores S) error) error
}

// Inbox records which events were processed. Durable and shared.
type Inbox interface {
	// FirstTime reports whether the subscription sees the event for the first time,
	// and records it. In a unit of work, the record is committed together with the
	// effect.
	FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error)
}

package platform

import (
	"context"
	"time"

	"example.com/portico/ports"
)

// UnitOfWork changes several aggregates of the stores S in one transaction. Durable and
// shared.
type UnitOfWork[S any] interface {
	// Do passes the stores of one transaction to the function work, and commits if work
	// succeeds. If work fails or panics, or ctx ends, Do changes nothing. Do then returns
	// the error, or panics again. A store method that fails changes nothing, and the
	// function may continue.
	//
	// Do retries conflicting transactions a bounded number of times. So the function may
	// run more than once, and must have no side effects outside the stores.
	Do(ctx context.Context, work func(ctx context.Context, stores S) error) error
}

// Inbox records which events were processed. Durable and shared.
type Inbox interface {
	// FirstTime reports whether the event is new to the subscription, and records the
	// event. In a unit of work, the record is committed together with the other changes.
	FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error)
	// Prune removes up to limit records that were made before a time, oldest first, and
	// returns how many it removed. Their events count as new again.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
}

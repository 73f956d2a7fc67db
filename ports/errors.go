package ports

import (
	"context"
	"errors"
)

// Adapters return these errors wrapped. Compare them with errors.Is.
var (
	ErrNotFound             = errors.New("not found")
	ErrExists               = errors.New("already exists")
	ErrIdempotencyKeyReused = errors.New("the idempotency key was used for a different request")
	ErrUnauthenticated      = errors.New("invalid token")
	// ErrUnavailable means that a dependency is unavailable; retrying later may
	// succeed.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// ErrorReporter reports an error to operators instead of returning it. The work
// continues.
type ErrorReporter func(context.Context, error)

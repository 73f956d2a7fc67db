package ports

import (
	"context"
	"errors"
)

// Errors that adapters return, wrapped. Compare with errors.Is.
var (
	ErrNotFound             = errors.New("not found")
	ErrExists               = errors.New("already exists")
	ErrIdempotencyKeyReused = errors.New("the idempotency key was used for a different request")
	ErrUnauthenticated      = errors.New("invalid token")
	// ErrUnavailable means that a dependency is unavailable; retrying later may
	// succeed.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// ErrorReporter receives the errors that end where they occur: the work goes on,
// and an operator learns of them.
type ErrorReporter func(context.Context, error)

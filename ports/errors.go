package ports

import (
	"context"
	"errors"
)

// Adapters wrap these errors, so compare them with errors.Is.
var (
	ErrNotFound             = errors.New("not found")
	ErrExists               = errors.New("already exists")
	ErrIdempotencyKeyReused = errors.New("the idempotency key was used for a different request")
	ErrUnauthenticated      = errors.New("invalid token")
	// ErrUnavailable means that a dependency is unavailable; a later retry may succeed.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// ErrorReporter reports an error to operators. The caller then continues instead of
// returning the error.
type ErrorReporter func(context.Context, error)

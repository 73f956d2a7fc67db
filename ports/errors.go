package ports

import (
	"context"
	"errors"
)

// Errors that every adapter of a port gives for the same reason. They are
// wrapped: tell them apart with errors.Is.
var (
	// ErrNotFound says that there is nothing by that id, key or code.
	ErrNotFound = errors.New("not found")
	// ErrExists says that something with that id is there already.
	ErrExists = errors.New("exists already")
	// ErrIdempotencyKeyReused says that an idempotency key came with a different request.
	ErrIdempotencyKeyReused = errors.New("the idempotency key was used for a different request")
	// ErrUnauthenticated says that a token is not one to be believed.
	ErrUnauthenticated = errors.New("the token is not valid")
	// ErrUnavailable says that something on the outside does not answer for
	// now; to ask again later may help.
	ErrUnavailable = errors.New("unavailable for now")
)

// ErrorReporter receives the errors that end where they occur: the work goes on,
// and an operator learns of them.
type ErrorReporter func(context.Context, error)

package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens verifies bearer tokens.
type Tokens interface {
	// Verify returns the actor of a token, checked as RFC 8725 says: signature by
	// a pinned algorithm, issuer, audience and times. Errors: ErrUnauthenticated,
	// with the reason but never the token; ErrUnavailable.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

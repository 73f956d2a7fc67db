package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens verifies bearer tokens.
type Tokens interface {
	// Verify checks a token's signature, issuer, audience and times as RFC 8725
	// says, and returns its actor. The signature algorithm is pinned. Errors:
	// ErrUnavailable; ErrUnauthenticated, with the reason but never the token.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens verifies bearer tokens.
type Tokens interface {
	// Verify checks a token's signature, issuer, audience and times as RFC 8725
	// recommends, and returns the token's actor. It accepts only a fixed set of signature
	// algorithms. Errors: ErrUnavailable; ErrUnauthenticated, whose text has the reason
	// but never the token.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

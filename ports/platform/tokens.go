package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens verifies bearer tokens.
type Tokens interface {
	// Verify checks a token's signature, issuer, audience and times as RFC 8725
	// recommends, and returns the token's actor. It accepts only a fixed set of signature
	// algorithms. The id and the organisation have at most 255 bytes and no control
	// characters. The actor has the first 100 roles for which the same holds, and no
	// email address if the one in the token is invalid or was not verified.
	// Errors: ErrUnavailable; ErrUnauthenticated, whose text has the reason but never the
	// token.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

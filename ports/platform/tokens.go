package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens verifies bearer tokens.
type Tokens interface {
	// Verify checks a token's signature, issuer, audience and times as RFC 8725
	// recommends, and returns the token's actor. It accepts only a fixed set of signature
	// algorithms. It refuses an id or an organisation with more than 255 bytes or with
	// control characters. It omits roles to which the same applies, all roles after the
	// first 100, and an email address that is invalid or not verified.
	// Errors: ErrUnavailable; ErrUnauthenticated, whose text has the reason but never the
	// token.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

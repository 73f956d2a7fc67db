package platform

import (
	"context"

	"example.com/portico/domain/actor"
)

// Tokens tells who is behind a bearer token.
type Tokens interface {
	// Verify checks a token by RFC 8725: signature by a pinned algorithm,
	// issuer, audience and times. Errors: ErrUnauthenticated, with what is
	// wrong but never the token; ErrUnavailable.
	Verify(ctx context.Context, token string) (actor.Actor, error)
}

package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// ActorOf returns the actor of the request, [actor.Anonymous] without a token.
func ActorOf(ctx context.Context) actor.Actor { return infoOf(ctx).actor }

// authenticate identifies the actor by their bearer token (RFC 6750). A missing
// token is not an error here; the OpenAPI document says which operations require
// one, and the use cases what an anonymous actor may do. An invalid token is
// always rejected.
func authenticate(tokens platform.Tokens, fail FailFunc) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			credentials := r.Header.Values("Authorization")
			if len(credentials) == 0 {
				next.ServeHTTP(w, r)
				return
			}
			scheme, token, _ := strings.Cut(credentials[0], " ")
			if len(credentials) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
				fail(w, r, fmt.Errorf("%w: want exactly one bearer token", ports.ErrUnauthenticated))
				return
			}
			verified, err := tokens.Verify(r.Context(), token)
			if err != nil {
				fail(w, r, fmt.Errorf("authenticate: %w", err))
				return
			}
			infoOf(r.Context()).actor = verified
			next.ServeHTTP(w, r)
		})
	}
}

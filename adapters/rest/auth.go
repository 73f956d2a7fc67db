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

type actorKey struct{}

// actorOf is who asks; actor.Anonymous without a token.
func actorOf(ctx context.Context) actor.Actor {
	a, _ := ctx.Value(actorKey{}).(actor.Actor)
	return a
}

// authenticate finds out who asks by their bearer token (RFC 6750). No token is
// no failure here: the contract says where somebody must be known. A token that
// is not valid is one everywhere, since its bearer thinks to be known.
func authenticate(tokens platform.Tokens, fail failFunc) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			credentials := r.Header.Values("Authorization")
			if len(credentials) == 0 {
				next.ServeHTTP(w, r)
				return
			}
			scheme, token, _ := strings.Cut(credentials[0], " ")
			if len(credentials) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
				fail(w, r, fmt.Errorf("%w: not one bearer token", ports.ErrUnauthenticated))
				return
			}
			who, err := tokens.Verify(r.Context(), token)
			if err != nil {
				fail(w, r, fmt.Errorf("authenticate: %w", err))
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, who)))
		})
	}
}

package oidc

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/domain/actor"
	"example.com/portico/ports/platform"
)

// Verifier believes the tokens of one issuer.
type Verifier struct {
	trust      Trust
	clock      platform.Clock
	algorithms []jose.SignatureAlgorithm // pinned (RFC 8725, section 3.1)
	// types are what the header may say that it is, so that no other signed
	// text passes for a token (RFC 8725, section 3.11).
	types      []string
	keys       keys
	remembered *remembered
}

// keys are those that an issuer signs with.
type keys interface {
	// find returns those that a token with such a header may be signed with,
	// and until when they count.
	find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error)
}

// longestToken is how many bytes of a stranger's are looked at.
const longestToken = 8 << 10

// Verify is as platform.Tokens says.
func (v *Verifier) Verify(ctx context.Context, token string) (actor.Actor, error) {
	now := v.clock.Now()
	if len(token) > longestToken {
		return actor.Anonymous, wrong("it is too long")
	}
	if a, ok := v.remembered.actor(token, now); ok {
		return a, nil
	}
	signed, err := jwt.ParseSigned(token, v.algorithms)
	if err != nil {
		return actor.Anonymous, wrong(fmt.Sprintf("it is no JSON Web Token signed by one of %s", v.algorithms))
	}
	header := signed.Headers[0]
	if !slices.Contains(v.types, typeOf(header)) {
		return actor.Anonymous, wrong("its type is not that of an access token")
	}
	candidates, until, err := v.keys.find(ctx, header)
	if err != nil {
		return actor.Anonymous, err
	}
	registered, all, err := claimsOf(signed, candidates)
	if err != nil {
		return actor.Anonymous, err
	}
	if err := v.trust.check(registered, now); err != nil {
		return actor.Anonymous, err
	}
	a, err := v.trust.actor(registered, all)
	if err != nil {
		return actor.Anonymous, err
	}
	if end := registered.Expiry.Time().Add(leeway); end.Before(until) {
		until = end
	}
	v.remembered.add(token, a, until)
	return a, nil
}

// typeOf is empty where the header says nothing. A media type may be told in
// full (RFC 7515, section 4.1.9).
func typeOf(h jose.Header) string {
	typ, ok := h.ExtraHeaders[jose.HeaderType]
	if !ok {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(fmt.Sprint(typ)), "application/")
}

// claimsOf are the claims that one of the keys has signed.
func claimsOf(signed *jwt.JSONWebToken, keys []crypto.PublicKey) (registered jwt.Claims, all map[string]any, err error) {
	for _, key := range keys {
		if err := signed.Claims(key, &registered, &all); err == nil {
			return registered, all, nil
		}
	}
	return jwt.Claims{}, nil, wrong("its signature or its claims are not in order")
}

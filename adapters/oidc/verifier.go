package oidc

import (
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/adapters/internal/boundedmap"
	"example.com/portico/domain/actor"
	"example.com/portico/ports/platform"
)

var (
	_ platform.Tokens = (*Issuer)(nil)
	_ platform.Tokens = (*Provider)(nil)
)

// Verifier verifies the tokens of one issuer.
type Verifier struct {
	config     Config
	clock      platform.Clock
	algorithms []jose.SignatureAlgorithm // the accepted ones (RFC 8725, section 3.1)
	// types are the accepted types in the header. Other signed documents have other types
	// (RFC 8725, section 3.11).
	types []string
	keys  keys
	cache *tokenCache
}

// keys finds the keys of an issuer.
type keys interface {
	// find returns the keys that may verify a token with this header, and their expiry
	// time.
	find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error)
}

// maxTokenLength is in bytes.
const maxTokenLength = 8 << 10

func (v *Verifier) Verify(ctx context.Context, token string) (actor.Actor, error) {
	now := v.clock.Now()
	if len(token) > maxTokenLength {
		return actor.Anonymous, unauthenticated("too long")
	}
	if a, ok := v.cache.actor(token, now); ok {
		return a, nil
	}
	signed, err := jwt.ParseSigned(token, v.algorithms)
	if err != nil {
		return actor.Anonymous, unauthenticated(fmt.Sprintf("not a JSON Web Token signed with one of %s", v.algorithms))
	}
	header := signed.Headers[0]
	if !slices.Contains(v.types, typeOf(header)) {
		return actor.Anonymous, unauthenticated("wrong type")
	}
	candidates, until, err := v.keys.find(ctx, header)
	if err != nil {
		return actor.Anonymous, err
	}
	registered, all, err := verifiedClaims(signed, candidates)
	if err != nil {
		return actor.Anonymous, err
	}
	if err := v.config.check(registered, now); err != nil {
		return actor.Anonymous, err
	}
	a, err := v.config.actor(registered, all)
	if err != nil {
		return actor.Anonymous, err
	}
	if end := registered.Expiry.Time().Add(leeway); end.Before(until) {
		until = end
	}
	v.cache.add(token, a, until)
	return a, nil
}

// typeOf returns the type in the header without its optional prefix (RFC 7515, section
// 4.1.9), or "" if the header has no type.
func typeOf(h jose.Header) string {
	typ, ok := h.ExtraHeaders[jose.HeaderType]
	if !ok {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(fmt.Sprint(typ)), "application/")
}

// verifiedClaims returns the claims if one of the keys verifies their signature.
func verifiedClaims(signed *jwt.JSONWebToken, keys []crypto.PublicKey) (registered jwt.Claims, all map[string]any, err error) {
	for _, key := range keys {
		if err := signed.Claims(key, &registered, &all); err == nil {
			return registered, all, nil
		}
	}
	return jwt.Claims{}, nil, unauthenticated("invalid signature or claims")
}

// tokenCache holds the actors of verified tokens, so that repeated requests need no
// signature check. It stores hashes, because a memory dump must not reveal the tokens.
type tokenCache struct {
	actors *boundedmap.Map[[sha256.Size]byte, cachedActor]
}

type cachedActor struct {
	actor actor.Actor
	until time.Time
}

// maxTokens entries take about 2 MiB.
const maxTokens = 10_000

func newTokenCache() *tokenCache {
	return &tokenCache{boundedmap.New[[sha256.Size]byte](maxTokens, func(cachedActor) int { return 1 })}
}

func (c *tokenCache) actor(token string, now time.Time) (actor.Actor, bool) {
	cached, ok := c.actors.Get(sha256.Sum256([]byte(token)))
	if !ok || now.After(cached.until) {
		return actor.Anonymous, false
	}
	return cached.actor, true
}

func (c *tokenCache) add(token string, a actor.Actor, until time.Time) {
	c.actors.Set(sha256.Sum256([]byte(token)), cachedActor{a, until})
}

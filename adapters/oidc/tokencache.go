package oidc

import (
	"crypto/sha256"
	"time"

	"example.com/portico/adapters/internal/boundedmap"
	"example.com/portico/domain/actor"
)

// tokenCache holds the actors of verified tokens, because checking a signature
// takes longer than most requests. It holds the hashes of tokens, so that memory
// reveals no token.
type tokenCache struct {
	actors *boundedmap.Map[[sha256.Size]byte, cachedActor]
}

type cachedActor struct {
	actor actor.Actor
	until time.Time
}

// maxTokens take about 2 MiB.
const maxTokens = 10_000

func newTokenCache() *tokenCache {
	return &tokenCache{boundedmap.New[[sha256.Size]byte, cachedActor](maxTokens)}
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

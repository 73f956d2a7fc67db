package oidc

import (
	"crypto/sha256"
	"sync"
	"time"

	"example.com/portico/domain/actor"
)

// remembered keeps who good tokens are about, because to check a signature takes
// longer than most requests. It knows tokens by their hash alone, so that nobody
// finds them in the memory.
type remembered struct {
	mu     sync.RWMutex
	actors map[[sha256.Size]byte]known
}

type known struct {
	actor actor.Actor
	until time.Time
}

// mostRemembered is how many tokens take about 2 MiB.
const mostRemembered = 10_000

func newRemembered() *remembered {
	return &remembered{actors: map[[sha256.Size]byte]known{}}
}

func (r *remembered) actor(token string, now time.Time) (actor.Actor, bool) {
	hash := sha256.Sum256([]byte(token))
	r.mu.RLock()
	defer r.mu.RUnlock()
	k, ok := r.actors[hash]
	if !ok || now.After(k.until) {
		return actor.Anonymous, false
	}
	return k.actor, true
}

func (r *remembered) add(token string, a actor.Actor, until time.Time) {
	hash := sha256.Sum256([]byte(token))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.actors) >= mostRemembered {
		// Those in use come back with their next request.
		r.actors = map[[sha256.Size]byte]known{}
	}
	r.actors[hash] = known{a, until}
}

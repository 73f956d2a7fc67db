package oidc

import (
	"context"
	"crypto"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/actor"
)

func TestTokenCache(t *testing.T) {
	now := time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC)
	ann, err := actor.New("ann", "", "", "customer")
	if err != nil {
		t.Fatal(err)
	}

	t.Run("returns the actor until the token expires", func(t *testing.T) {
		c := newTokenCache()
		c.add("token", ann, now)
		if a, ok := c.actor("token", now); !ok || a.ID() != "ann" {
			t.Errorf("at the end: %q, %t, want ann, true", a.ID(), ok)
		}
		if a, ok := c.actor("token", now.Add(time.Microsecond)); ok || a.ID() != "" {
			t.Errorf("after the end: %q, %t, want none", a.ID(), ok)
		}
		if a, ok := c.actor("another", now); ok || a.ID() != "" {
			t.Errorf("another token: %q, %t, want none", a.ID(), ok)
		}
	})

	t.Run("has a maximum size", func(t *testing.T) {
		c := newTokenCache()
		for i := range 3 * maxTokens {
			token := fmt.Sprint("token ", i)
			c.add(token, ann, now)
			if _, ok := c.actor(token, now); !ok {
				t.Fatalf("%s is missing right after it was added", token)
			}
		}
		var cached int
		for i := range 3 * maxTokens {
			if _, ok := c.actor(fmt.Sprint("token ", i), now); ok {
				cached++
			}
		}
		if cached > maxTokens {
			t.Errorf("%d tokens are cached, want at most %d", cached, maxTokens)
		}
	})
}

// countedKeys counts key lookups. Each signature check makes one lookup.
type countedKeys struct {
	keys
	lookups *int
}

func (k countedKeys) find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error) {
	*k.lookups++
	return k.keys.find(ctx, header)
}

func TestSignaturesAreCheckedOnce(t *testing.T) {
	issuer, err := OpenIssuer(filepath.Join(t.TempDir(), "issuer.pem"), Config{RolesClaim: "roles"}, memory.NewClock(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	var checks int
	issuer.keys = countedKeys{issuer.keys, &checks}
	ann, err := actor.New("ann", "", "", "customer")
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(ann, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := issuer.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
	if checks != 1 {
		t.Errorf("a signature was checked %d times, want once", checks)
	}
}

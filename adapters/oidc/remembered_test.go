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
	"example.com/portico/domain/role"
)

func TestRemembered(t *testing.T) {
	now := time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC)
	ann, err := actor.New("ann", "", "", role.Customer)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("tells who a token is about until it ends", func(t *testing.T) {
		r := newRemembered()
		r.add("token", ann, now)
		if a, ok := r.actor("token", now); !ok || a.ID() != "ann" {
			t.Errorf("at the end: %q, %t", a.ID(), ok)
		}
		if a, ok := r.actor("token", now.Add(time.Microsecond)); ok || a.ID() != "" {
			t.Errorf("after the end: %q, %t", a.ID(), ok)
		}
		if a, ok := r.actor("another", now); ok || a.ID() != "" {
			t.Errorf("another: %q, %t", a.ID(), ok)
		}
	})

	t.Run("does not grow without end", func(t *testing.T) {
		r := newRemembered()
		for i := range 3 * mostRemembered {
			token := fmt.Sprint("token ", i)
			r.add(token, ann, now)
			if _, ok := r.actor(token, now); !ok {
				t.Fatalf("%s is forgotten at once", token)
			}
			if len(r.actors) > mostRemembered {
				t.Fatalf("it remembers %d tokens", len(r.actors))
			}
		}
	})
}

// countedKeys counts how often a signature is checked.
type countedKeys struct {
	keys
	asked *int
}

func (k countedKeys) find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error) {
	*k.asked++
	return k.keys.find(ctx, header)
}

func TestSignaturesAreCheckedOnce(t *testing.T) {
	issuer, err := OpenIssuer(filepath.Join(t.TempDir(), "issuer.pem"), Trust{RolesClaim: "roles"}, memory.NewClock(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	var checks int
	issuer.keys = countedKeys{issuer.keys, &checks}
	ann, err := actor.New("ann", "", "", role.Customer)
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

package oidc

import (
	"fmt"
	"testing"
	"time"

	"example.com/portico/domain/actor"
)

func TestRemembered(t *testing.T) {
	now := time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC)
	ann, err := actor.New("ann", "", "", actor.RoleCustomer)
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

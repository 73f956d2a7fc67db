package actor_test

import (
	"testing"

	"example.com/portico/domain/actor"
)

func TestNew(t *testing.T) {
	t.Run("needs an id", func(t *testing.T) {
		if _, err := actor.New("", "ann@example.com", "globe", "customer"); err == nil {
			t.Error("made an actor who is nobody")
		}
	})
	t.Run("shares no roles with its caller", func(t *testing.T) {
		roles := []actor.Role{"customer"}
		ann, err := actor.New("ann", "ann@example.com", "", roles...)
		if err != nil {
			t.Fatal(err)
		}
		roles[0] = "organiser"
		if _, err := ann.AsPerson("customer"); err != nil {
			t.Errorf("the role is gone: %v", err)
		}
	})
}

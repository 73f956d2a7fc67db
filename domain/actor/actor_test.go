package actor_test

import (
	"testing"

	"example.com/portico/domain/actor"
)

func TestNew(t *testing.T) {
	t.Run("rejects an empty id", func(t *testing.T) {
		if _, err := actor.New("", "ann@example.com", "globe", "customer"); err == nil {
			t.Error("New accepted an empty id")
		}
	})
	t.Run("copies the roles", func(t *testing.T) {
		roles := []actor.Role{"customer"}
		ann, err := actor.New("ann", "ann@example.com", "", roles...)
		if err != nil {
			t.Fatal(err)
		}
		roles[0] = "organiser"
		if _, err := ann.AsPerson("customer"); err != nil {
			t.Errorf("after the caller changed its slice: %v", err)
		}
	})
}

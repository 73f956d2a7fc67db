package role_test

import (
	"errors"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/role"
)

func TestParse(t *testing.T) {
	for _, want := range []actor.Role{role.Member, role.Guest} {
		if got, err := role.Parse(string(want)); err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v", want, got, err)
		}
	}
	if got, err := role.Parse("owner"); err == nil {
		t.Errorf(`Parse("owner") = %q, want an error`, got)
	}
}

func TestAMemberNeedsAnOrganisation(t *testing.T) {
	with, err := actor.New("mia", "", "globe", role.Member)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := role.AsMember(with); err != nil || got != (actor.Staff{ID: "mia", Organisation: "globe"}) {
		t.Errorf("got %v, %v, want Mia of the Globe", got, err)
	}
	without, err := actor.New("mia", "", "", role.Member)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := role.AsMember(without); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("got error %v, want %v", err, actor.ErrForbidden)
	}
	if _, err := role.AsGuest(with); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("got error %v, want %v", err, actor.ErrForbidden)
	}
}

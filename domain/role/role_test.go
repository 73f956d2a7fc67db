package role_test

import (
	"errors"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
)

func TestParseRole(t *testing.T) {
	for _, r := range []actor.Role{role.Customer, role.Organiser, role.Door} {
		if got, err := role.Parse(string(r)); err != nil || got != r {
			t.Errorf("Parse(%q) = %q, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "Customer", "admin"} {
		if got, err := role.Parse(name); err == nil {
			t.Errorf("Parse(%q) = %q, want an error", name, got)
		}
	}
}

func TestCapacities(t *testing.T) {
	customer := func(a actor.Actor) error { _, err := role.AsCustomer(a); return err }
	organiser := func(a actor.Actor) error { _, err := role.AsOrganiser(a); return err }
	door := func(a actor.Actor) error { _, err := role.AsDoor(a); return err }

	for _, c := range []struct {
		name string
		who  actor.Actor
		as   func(actor.Actor) error
		want error
	}{
		{"a customer may book", known(t, "", role.Customer), customer, nil},
		{"an organiser may organise", known(t, "globe", role.Organiser), organiser, nil},
		{"door staff may admit", known(t, "globe", role.Door), door, nil},
		{"a staff member with all roles may book", known(t, "globe", role.Door, role.Organiser, role.Customer), customer, nil},
		{"an anonymous caller may not book", actor.Anonymous, customer, actor.ErrAnonymous},
		{"an anonymous caller may not organise", actor.Anonymous, organiser, actor.ErrAnonymous},
		{"an anonymous caller may not admit", actor.Anonymous, door, actor.ErrAnonymous},
		{"an organiser may not book", known(t, "globe", role.Organiser), customer, actor.ErrForbidden},
		{"a customer may not organise", known(t, "globe", role.Customer), organiser, actor.ErrForbidden},
		{"an organiser may not admit", known(t, "globe", role.Organiser), door, actor.ErrForbidden},
		{"door staff may not organise", known(t, "globe", role.Door), organiser, actor.ErrForbidden},
		{"an organiser without an organisation may not organise", known(t, "", role.Organiser), organiser, actor.ErrForbidden},
		{"door staff without an organisation may not admit", known(t, "", role.Door), door, actor.ErrForbidden},
		{"a caller without roles may not book", known(t, "globe"), customer, actor.ErrForbidden},
		{"a caller without roles may not organise", known(t, "globe"), organiser, actor.ErrForbidden},
		{"a caller without roles may not admit", known(t, "globe"), door, actor.ErrForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.as(c.who); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}

	t.Run("a customer has the actor's email address", func(t *testing.T) {
		got, err := role.AsCustomer(known(t, "", role.Customer))
		if want := (actor.Person{ID: "ann", Email: "ann@example.com"}); err != nil || got != want {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	})
	t.Run("staff have the actor's organisation", func(t *testing.T) {
		got, err := role.AsDoor(known(t, "globe", role.Door))
		if want := (actor.Staff{ID: "ann", Organisation: "globe"}); err != nil || got != want {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	})
}

func TestOrganises(t *testing.T) {
	for _, c := range []struct {
		name string
		who  actor.Actor
		org  actor.Organisation
		want bool
	}{
		{"an organiser of the organisation", known(t, "globe", role.Organiser), "globe", true},
		{"an organiser of another organisation", known(t, "globe", role.Organiser), "rose", false},
		{"door staff of the organisation", known(t, "globe", role.Door), "globe", false},
		{"a customer with an organisation", known(t, "globe", role.Customer), "globe", false},
		{"an anonymous caller", actor.Anonymous, "", false},
		{"an organiser without an organisation", known(t, "", role.Organiser), "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := role.Organises(c.who, c.org); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func known(t *testing.T, org actor.Organisation, roles ...actor.Role) actor.Actor {
	t.Helper()
	a, err := actor.New("ann", "ann@example.com", org, roles...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

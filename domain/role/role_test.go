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
			t.Errorf("%s gives %s and %v", r, got, err)
		}
	}
	for _, name := range []string{"", "Customer", "admin"} {
		if got, err := role.Parse(name); err == nil {
			t.Errorf("%q gives %s", name, got)
		}
	}
}

func TestCapacities(t *testing.T) {
	customer := func(a actor.Actor) error { _, err := role.AsCustomer(a); return err }
	organiser := func(a actor.Actor) error { _, err := role.AsOrganiser(a); return err }
	door := func(a actor.Actor) error { _, err := role.AsDoor(a); return err }

	for name, c := range map[string]struct {
		who  actor.Actor
		as   func(actor.Actor) error
		want error
	}{
		"a customer may book":                          {known(t, "", role.Customer), customer, nil},
		"an organiser may organise":                    {known(t, "globe", role.Organiser), organiser, nil},
		"door staff may mind the door":                 {known(t, "globe", role.Door), door, nil},
		"somebody with all roles may do all":           {known(t, "globe", role.Door, role.Organiser, role.Customer), customer, nil},
		"nobody may not book":                          {actor.Anonymous, customer, actor.ErrAnonymous},
		"nobody may not organise":                      {actor.Anonymous, organiser, actor.ErrAnonymous},
		"nobody may not mind the door":                 {actor.Anonymous, door, actor.ErrAnonymous},
		"an organiser may not book":                    {known(t, "globe", role.Organiser), customer, actor.ErrForbidden},
		"a customer may not organise":                  {known(t, "globe", role.Customer), organiser, actor.ErrForbidden},
		"an organiser may not mind the door":           {known(t, "globe", role.Organiser), door, actor.ErrForbidden},
		"door staff may not organise":                  {known(t, "globe", role.Door), organiser, actor.ErrForbidden},
		"an organiser of no organisation may not":      {known(t, "", role.Organiser), organiser, actor.ErrForbidden},
		"door staff of no organisation may not":        {known(t, "", role.Door), door, actor.ErrForbidden},
		"somebody without roles may do nothing at all": {known(t, "globe"), customer, actor.ErrForbidden},
		"somebody without roles may not organise":      {known(t, "globe"), organiser, actor.ErrForbidden},
		"somebody without roles may not mind the door": {known(t, "globe"), door, actor.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.as(c.who); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}

	t.Run("a customer brings the email address", func(t *testing.T) {
		got, err := role.AsCustomer(known(t, "", role.Customer))
		if want := (actor.Person{ID: "ann", Email: "ann@example.com"}); err != nil || got != want {
			t.Errorf("got %v and %v", got, err)
		}
	})
	t.Run("staff bring their organisation", func(t *testing.T) {
		got, err := role.AsDoor(known(t, "globe", role.Door))
		if want := (actor.Staff{ID: "ann", Organisation: "globe"}); err != nil || got != want {
			t.Errorf("got %v and %v", got, err)
		}
	})
}

func TestWorksFor(t *testing.T) {
	for name, c := range map[string]struct {
		who  actor.Actor
		org  actor.Organisation
		want bool
	}{
		"an organiser works for their organisation": {known(t, "globe", role.Organiser), "globe", true},
		"an organiser works for no other":           {known(t, "globe", role.Organiser), "rose", false},
		"door staff do not organise":                {known(t, "globe", role.Door), "globe", false},
		"a customer does not organise":              {known(t, "globe", role.Customer), "globe", false},
		"nobody works for nobody":                   {actor.Anonymous, "", false},
		"no organisation is nobody's":               {known(t, "", role.Organiser), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := role.Organises(c.who, c.org); got != c.want {
				t.Errorf("got %t", got)
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

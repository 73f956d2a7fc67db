package actor_test

import (
	"errors"
	"testing"

	"example.com/portico/domain/actor"
)

func TestNew(t *testing.T) {
	t.Run("needs an id", func(t *testing.T) {
		if _, err := actor.New("", "ann@example.com", "globe", actor.RoleCustomer); err == nil {
			t.Error("made an actor who is nobody")
		}
	})
	t.Run("shares no roles with its caller", func(t *testing.T) {
		roles := []actor.Role{actor.RoleCustomer}
		ann := known(t, "", roles...)
		roles[0] = actor.RoleOrganiser
		if _, err := ann.AsCustomer(); err != nil {
			t.Errorf("the role is gone: %v", err)
		}
	})
}

func TestParseRole(t *testing.T) {
	for _, r := range []actor.Role{actor.RoleCustomer, actor.RoleOrganiser, actor.RoleDoor} {
		if got, err := actor.ParseRole(r.String()); err != nil || got != r {
			t.Errorf("%s gives %s and %v", r, got, err)
		}
	}
	for _, name := range []string{"", "Customer", "admin"} {
		if got, err := actor.ParseRole(name); err == nil {
			t.Errorf("%q gives %s", name, got)
		}
	}
}

func TestCapacities(t *testing.T) {
	customer := func(a actor.Actor) error { _, err := a.AsCustomer(); return err }
	organiser := func(a actor.Actor) error { _, err := a.AsOrganiser(); return err }
	door := func(a actor.Actor) error { _, err := a.AsDoor(); return err }

	for name, c := range map[string]struct {
		who  actor.Actor
		as   func(actor.Actor) error
		want error
	}{
		"a customer may book":                          {known(t, "", actor.RoleCustomer), customer, nil},
		"an organiser may organise":                    {known(t, "globe", actor.RoleOrganiser), organiser, nil},
		"door staff may mind the door":                 {known(t, "globe", actor.RoleDoor), door, nil},
		"somebody with all roles may do all":           {known(t, "globe", actor.RoleDoor, actor.RoleOrganiser, actor.RoleCustomer), customer, nil},
		"nobody may not book":                          {actor.Anonymous, customer, actor.ErrAnonymous},
		"nobody may not organise":                      {actor.Anonymous, organiser, actor.ErrAnonymous},
		"nobody may not mind the door":                 {actor.Anonymous, door, actor.ErrAnonymous},
		"an organiser may not book":                    {known(t, "globe", actor.RoleOrganiser), customer, actor.ErrForbidden},
		"a customer may not organise":                  {known(t, "globe", actor.RoleCustomer), organiser, actor.ErrForbidden},
		"an organiser may not mind the door":           {known(t, "globe", actor.RoleOrganiser), door, actor.ErrForbidden},
		"door staff may not organise":                  {known(t, "globe", actor.RoleDoor), organiser, actor.ErrForbidden},
		"an organiser of no organisation may not":      {known(t, "", actor.RoleOrganiser), organiser, actor.ErrForbidden},
		"door staff of no organisation may not":        {known(t, "", actor.RoleDoor), door, actor.ErrForbidden},
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
		got, err := known(t, "", actor.RoleCustomer).AsCustomer()
		if want := (actor.Customer{ID: "ann", Email: "ann@example.com"}); err != nil || got != want {
			t.Errorf("got %v and %v", got, err)
		}
	})
	t.Run("staff bring their organisation", func(t *testing.T) {
		got, err := known(t, "globe", actor.RoleDoor).AsDoor()
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
		"an organiser works for their organisation": {known(t, "globe", actor.RoleOrganiser), "globe", true},
		"an organiser works for no other":           {known(t, "globe", actor.RoleOrganiser), "rose", false},
		"door staff do not organise":                {known(t, "globe", actor.RoleDoor), "globe", false},
		"a customer does not organise":              {known(t, "globe", actor.RoleCustomer), "globe", false},
		"nobody works for nobody":                   {actor.Anonymous, "", false},
		"no organisation is nobody's":               {known(t, "", actor.RoleOrganiser), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.who.WorksFor(c.org); got != c.want {
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

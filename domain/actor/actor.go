// Package actor says who asks for something, and in which capacity.
package actor

import (
	"errors"
	"fmt"
	"slices"
)

// ErrAnonymous is returned where somebody must be known and nobody is.
var ErrAnonymous = errors.New("actor: nobody is signed in")

// ErrForbidden is returned to somebody who is known but lacks the role.
var ErrForbidden = errors.New("actor: role is missing")

type (
	// ID identifies a person or a machine; the token issuer chooses it.
	ID string
	// Organisation identifies a tenant.
	Organisation string
	// Role is what an actor may do, by the name that tokens give it.
	Role string
)

// Actor is who asks. The zero value is nobody.
type Actor struct {
	id           ID
	email        string
	organisation Organisation
	roles        []Role
}

// Anonymous is nobody: a caller without a token.
var Anonymous = Actor{}

// New makes a known actor. The email address may be empty, as may be the
// organisation of somebody who works for none.
func New(id ID, email string, org Organisation, roles ...Role) (Actor, error) {
	if id == "" {
		return Actor{}, errors.New("actor: an id is needed")
	}
	return Actor{id: id, email: email, organisation: org, roles: slices.Clone(roles)}, nil
}

// ID is empty for nobody.
func (a Actor) ID() ID { return a.id }

// Email may be empty.
func (a Actor) Email() string { return a.email }

// Organisation is empty for somebody who works for none.
func (a Actor) Organisation() Organisation { return a.organisation }

// Roles are those that the actor was given, in that order.
func (a Actor) Roles() []Role { return slices.Clone(a.roles) }

// Person is somebody who acts in their own name.
type Person struct {
	ID    ID
	Email string // may be empty
}

// Staff is somebody who acts for an organisation.
type Staff struct {
	ID           ID
	Organisation Organisation
}

// AsPerson fails with ErrAnonymous or ErrForbidden unless the actor has the role.
func (a Actor) AsPerson(r Role) (Person, error) {
	if err := a.need(r); err != nil {
		return Person{}, err
	}
	return Person{ID: a.id, Email: a.email}, nil
}

// AsStaff fails with ErrAnonymous or ErrForbidden unless the actor has the role
// and an organisation.
func (a Actor) AsStaff(r Role) (Staff, error) {
	if err := a.need(r); err != nil {
		return Staff{}, err
	}
	if a.organisation == "" {
		return Staff{}, fmt.Errorf("%w: %s of no organisation", ErrForbidden, r)
	}
	return Staff{ID: a.id, Organisation: a.organisation}, nil
}

func (a Actor) need(r Role) error {
	if a.id == "" {
		return ErrAnonymous
	}
	if !slices.Contains(a.roles, r) {
		return fmt.Errorf("%w: %s", ErrForbidden, r)
	}
	return nil
}

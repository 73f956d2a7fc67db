// Package actor describes callers: who they are, and in which capacity they act.
package actor

import (
	"errors"
	"fmt"
	"slices"
)

var (
	// ErrAnonymous is returned when the operation needs a known caller.
	ErrAnonymous = errors.New("actor: not signed in")
	// ErrForbidden is returned when a known caller lacks the required role.
	ErrForbidden = errors.New("actor: missing role")
)

type (
	// ID identifies a person or a machine. The token issuer assigns the ID.
	ID string
	// Organisation identifies a tenant.
	Organisation string
	// Role is the name of a role, as it appears in tokens.
	Role string
)

// Actor is a caller. The zero value is [Anonymous].
type Actor struct {
	id           ID
	email        string
	organisation Organisation
	roles        []Role
}

// Anonymous is a caller without a token.
var Anonymous = Actor{}

// New returns a known actor. It fails if id is empty. The email address and the
// organisation may be empty.
func New(id ID, email string, org Organisation, roles ...Role) (Actor, error) {
	if id == "" {
		return Actor{}, errors.New("actor: empty id")
	}
	return Actor{id: id, email: email, organisation: org, roles: slices.Clone(roles)}, nil
}

// ID returns the id of the actor. It is empty for [Anonymous].
func (a Actor) ID() ID { return a.id }

func (a Actor) Email() string              { return a.email }
func (a Actor) Organisation() Organisation { return a.organisation }
func (a Actor) Roles() []Role              { return slices.Clone(a.roles) }

// Person is an actor who acts in their own name.
type Person struct {
	ID    ID
	Email string // may be empty
}

// Staff is an actor who acts for an organisation.
type Staff struct {
	ID           ID
	Organisation Organisation
}

// AsPerson returns the actor as a person. The actor must have the role. Errors:
// ErrAnonymous, ErrForbidden.
func (a Actor) AsPerson(r Role) (Person, error) {
	if err := a.need(r); err != nil {
		return Person{}, err
	}
	return Person{ID: a.id, Email: a.email}, nil
}

// AsStaff returns the actor as staff. The actor must have the role and an organisation.
// Errors: ErrAnonymous, ErrForbidden.
func (a Actor) AsStaff(r Role) (Staff, error) {
	if err := a.need(r); err != nil {
		return Staff{}, err
	}
	if a.organisation == "" {
		return Staff{}, fmt.Errorf("%w: %s without an organisation", ErrForbidden, r)
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

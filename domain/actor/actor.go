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
	// Organisation identifies a tenant: who puts shows on sale and minds the door.
	Organisation string
)

// Role is one of Customer, Organiser and Door.
type Role struct{ name string }

// The roles there are.
var (
	RoleCustomer  = Role{"customer"}
	RoleOrganiser = Role{"organiser"}
	RoleDoor      = Role{"door"}
)

// ParseRole takes "customer", "organiser" or "door".
func ParseRole(name string) (Role, error) {
	for _, r := range []Role{RoleCustomer, RoleOrganiser, RoleDoor} {
		if r.name == name {
			return r, nil
		}
	}
	return Role{}, fmt.Errorf("actor: unknown role %q: want customer, organiser or door", name)
}

func (r Role) String() string { return r.name }

// Actor is who asks. The zero value is nobody.
type Actor struct {
	id           ID
	email        string
	organisation Organisation
	roles        []Role
}

// Anonymous is nobody: a caller without a token.
var Anonymous = Actor{}

// New makes a known actor. Email is where tickets are sent and may be empty, as
// may be the organisation of somebody who works for none.
func New(id ID, email string, org Organisation, roles ...Role) (Actor, error) {
	if id == "" {
		return Actor{}, errors.New("actor: an id is needed")
	}
	return Actor{id: id, email: email, organisation: org, roles: slices.Clone(roles)}, nil
}

// ID is empty for nobody.
func (a Actor) ID() ID { return a.id }

// Customer is somebody who books seats.
type Customer struct {
	ID    ID
	Email string // may be empty
}

// Staff is somebody who acts for an organisation.
type Staff struct {
	ID           ID
	Organisation Organisation
}

// AsCustomer fails with ErrAnonymous or ErrForbidden.
func (a Actor) AsCustomer() (Customer, error) {
	if err := a.need(RoleCustomer); err != nil {
		return Customer{}, err
	}
	return Customer{ID: a.id, Email: a.email}, nil
}

// AsOrganiser fails with ErrAnonymous or ErrForbidden.
func (a Actor) AsOrganiser() (Staff, error) { return a.asStaff(RoleOrganiser) }

// AsDoor fails with ErrAnonymous or ErrForbidden.
func (a Actor) AsDoor() (Staff, error) { return a.asStaff(RoleDoor) }

// WorksFor tells whether the actor organises for org.
func (a Actor) WorksFor(org Organisation) bool {
	staff, err := a.AsOrganiser()
	return err == nil && staff.Organisation == org
}

func (a Actor) asStaff(r Role) (Staff, error) {
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

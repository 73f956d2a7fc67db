// Package role holds the roles of a box office.
package role

import (
	"fmt"
	"slices"

	"example.com/portico/domain/actor"
)

// The roles there are.
const (
	Customer  actor.Role = "customer"  // books seats
	Organiser actor.Role = "organiser" // puts shows on sale
	Door      actor.Role = "door"      // admits tickets
)

// Parse takes "customer", "organiser" or "door".
func Parse(name string) (actor.Role, error) {
	r := actor.Role(name)
	if !slices.Contains([]actor.Role{Customer, Organiser, Door}, r) {
		return "", fmt.Errorf("role: unknown role %q: want customer, organiser or door", name)
	}
	return r, nil
}

// AsCustomer fails with actor.ErrAnonymous or actor.ErrForbidden.
func AsCustomer(a actor.Actor) (actor.Person, error) { return a.AsPerson(Customer) }

// AsOrganiser fails with actor.ErrAnonymous or actor.ErrForbidden.
func AsOrganiser(a actor.Actor) (actor.Staff, error) { return a.AsStaff(Organiser) }

// AsDoor fails with actor.ErrAnonymous or actor.ErrForbidden.
func AsDoor(a actor.Actor) (actor.Staff, error) { return a.AsStaff(Door) }

// Organises tells whether the actor organises for org.
func Organises(a actor.Actor, org actor.Organisation) bool {
	staff, err := AsOrganiser(a)
	return err == nil && staff.Organisation == org
}

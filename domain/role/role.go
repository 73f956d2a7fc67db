// Package role defines the roles of the box office.
package role

import (
	"fmt"
	"slices"

	"example.com/portico/domain/actor"
)

// The roles.
const (
	Customer  actor.Role = "customer"  // books seats
	Organiser actor.Role = "organiser" // puts shows on sale
	Door      actor.Role = "door"      // admits tickets
)

// Parse returns the role with the given name.
func Parse(name string) (actor.Role, error) {
	r := actor.Role(name)
	if !slices.Contains([]actor.Role{Customer, Organiser, Door}, r) {
		return "", fmt.Errorf("unknown role %q: want customer, organiser or door", name)
	}
	return r, nil
}

// AsCustomer returns the actor as a customer, like [actor.Actor.AsPerson].
func AsCustomer(a actor.Actor) (actor.Person, error) { return a.AsPerson(Customer) }

// AsOrganiser returns the actor as an organiser, like [actor.Actor.AsStaff].
func AsOrganiser(a actor.Actor) (actor.Staff, error) { return a.AsStaff(Organiser) }

// AsDoor returns the actor as door staff, like [actor.Actor.AsStaff].
func AsDoor(a actor.Actor) (actor.Staff, error) { return a.AsStaff(Door) }

// Organises reports whether the actor is an organiser of org.
func Organises(a actor.Actor, org actor.Organisation) bool {
	staff, err := AsOrganiser(a)
	return err == nil && staff.Organisation == org
}

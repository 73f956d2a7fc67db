// Package role defines the roles of the service.
package role

import (
	"fmt"
	"slices"

	"example.com/portico/domain/actor"
)

// The roles.
const (
	Member actor.Role = "member" // invites people to their organisation
	Guest  actor.Role = "guest"  // accepts invitations
)

// Parse returns the role with the given name.
func Parse(name string) (actor.Role, error) {
	r := actor.Role(name)
	if !slices.Contains([]actor.Role{Member, Guest}, r) {
		return "", fmt.Errorf("unknown role %q: want member or guest", name)
	}
	return r, nil
}

// AsMember returns the actor as a member, like [actor.Actor.AsStaff].
func AsMember(a actor.Actor) (actor.Staff, error) { return a.AsStaff(Member) }

// AsGuest returns the actor as a guest, like [actor.Actor.AsPerson].
func AsGuest(a actor.Actor) (actor.Person, error) { return a.AsPerson(Guest) }

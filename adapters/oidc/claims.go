// Package oidc tells who is behind a JSON Web Token of an identity provider, and
// issues such tokens where none is at hand.
package oidc

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
)

// Trust says which tokens count, and where in them stands what no standard
// has a place for.
type Trust struct {
	Issuer   string // what iss is
	Audience string // what is among aud
	// RolesClaim names the claim with the list of roles, OrganisationClaim
	// that with the organisation. A claim within another is named by its path:
	// "realm_access.roles" is where Keycloak puts the roles.
	RolesClaim        string
	OrganisationClaim string
}

// leeway is how far the clocks of issuer and verifier may be apart.
const leeway = 30 * time.Second

// wrong says what is wrong with a token, which it never quotes: it can be used
// by who reads it in a log.
func wrong(what string) error {
	return fmt.Errorf("%w: %s", ports.ErrUnauthenticated, what)
}

// check decides whether claims whose signature is good are for us and for now
// (RFC 8725, sections 3.8 and 3.9).
func (t Trust) check(c jwt.Claims, now time.Time) error {
	switch {
	case c.Issuer != t.Issuer:
		return wrong("somebody else has issued it")
	case !c.Audience.Contains(t.Audience):
		return wrong("it is for somebody else")
	case c.Expiry == nil:
		return wrong("it has no end")
	case now.After(c.Expiry.Time().Add(leeway)):
		return wrong("it has expired")
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(leeway)):
		return wrong("it is not valid yet")
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(leeway)):
		return wrong("it was issued in the future")
	case c.Subject == "":
		return wrong("it names nobody")
	}
	return nil
}

// actor reads who the claims are about. All holds every claim by its name.
func (t Trust) actor(c jwt.Claims, all map[string]any) (actor.Actor, error) {
	email, err := textIn(all, "email")
	if err != nil {
		return actor.Anonymous, err
	}
	organisation, err := textIn(all, t.OrganisationClaim)
	if err != nil {
		return actor.Anonymous, err
	}
	roles, err := t.rolesIn(all)
	if err != nil {
		return actor.Anonymous, err
	}
	return actor.New(actor.ID(c.Subject), email, actor.Organisation(organisation), roles...)
}

// claimIn is nil where there is no such claim. A name with dots in it, such as
// a URL, is more than a path where there is a claim of that name.
func claimIn(all map[string]any, name string) any {
	if value, ok := all[name]; ok {
		return value
	}
	outer, rest, isPath := strings.Cut(name, ".")
	within, ok := all[outer].(map[string]any)
	if !isPath || !ok {
		return nil
	}
	return claimIn(within, rest)
}

func textIn(all map[string]any, name string) (string, error) {
	value := claimIn(all, name)
	text, ok := value.(string)
	if !ok && value != nil {
		return "", wrong("its claim " + name + " is not a text")
	}
	return text, nil
}

// rolesIn takes over roles that mean nothing here too: an identity provider
// serves others.
func (t Trust) rolesIn(all map[string]any) ([]actor.Role, error) {
	value := claimIn(all, t.RolesClaim)
	names, ok := value.([]any)
	if !ok && value != nil {
		return nil, wrong("its claim " + t.RolesClaim + " is not a list")
	}
	var roles []actor.Role
	for _, n := range names {
		if name, ok := n.(string); ok {
			roles = append(roles, actor.Role(name))
		}
	}
	return roles, nil
}

// claimsOf is what actor reads, the other way round.
func (t Trust) claimsOf(a actor.Actor) map[string]any {
	claims := map[string]any{t.RolesClaim: a.Roles()}
	if email := a.Email(); email != "" {
		claims["email"] = email
	}
	if org := a.Organisation(); org != "" {
		claims[t.OrganisationClaim] = string(org)
	}
	return claims
}

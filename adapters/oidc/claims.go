// Package oidc verifies the JSON Web Tokens of an identity provider, and issues such
// tokens for development.
package oidc

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
)

// Config specifies which tokens are accepted, and which claims hold the roles and the
// organisation.
type Config struct {
	Issuer   string // expected in iss
	Audience string // expected in aud
	// RolesClaim names the claim with the list of roles. OrganisationClaim names the
	// claim with the organisation. The name of a nested claim is its path, such as
	// Keycloak's "realm_access.roles".
	RolesClaim        string
	OrganisationClaim string
}

// leeway is the permitted clock difference between issuer and verifier.
const leeway = 30 * time.Second

// unauthenticated returns the error for a token that is not accepted. The reason is
// logged, so it must never quote the token.
func unauthenticated(reason string) error {
	return fmt.Errorf("%w: %s", ports.ErrUnauthenticated, reason)
}

// check validates the issuer, subject, audience and times of the claims (RFC 8725,
// sections 3.8 and 3.9).
func (c Config) check(claims jwt.Claims, now time.Time) error {
	switch {
	case claims.Issuer != c.Issuer:
		return unauthenticated("wrong issuer")
	case !claims.Audience.Contains(c.Audience):
		return unauthenticated("wrong audience")
	case claims.Expiry == nil:
		return unauthenticated("missing exp")
	case now.After(claims.Expiry.Time().Add(leeway)):
		return unauthenticated("expired")
	case claims.NotBefore != nil && claims.NotBefore.Time().After(now.Add(leeway)):
		return unauthenticated("not valid yet")
	case claims.IssuedAt != nil && claims.IssuedAt.Time().After(now.Add(leeway)):
		return unauthenticated("issued in the future")
	case claims.Subject == "":
		return unauthenticated("missing sub")
	case !isPlain(claims.Subject):
		return unauthenticated("sub is too long or has control characters")
	}
	return nil
}

// actor returns the actor that the claims describe. The parameter all contains every
// claim, keyed by name.
func (c Config) actor(claims jwt.Claims, all map[string]any) (actor.Actor, error) {
	email, err := emailIn(all)
	if err != nil {
		return actor.Anonymous, err
	}
	organisation, err := textIn(all, c.OrganisationClaim)
	if err != nil {
		return actor.Anonymous, err
	}
	if !isPlain(organisation) {
		return actor.Anonymous, unauthenticated("claim " + c.OrganisationClaim + " is too long or has control characters")
	}
	roles, err := c.rolesIn(all)
	if err != nil {
		return actor.Anonymous, err
	}
	return actor.New(actor.ID(claims.Subject), email, actor.Organisation(organisation), roles...)
}

// maxLength is the maximum length of a claim, in bytes. OpenID Connect Core 1.0, section
// 2, has the same limit for sub.
const maxLength = 255

// isPlain reports whether text is valid, has at most maxLength bytes and has no control
// characters. It rejects utf8.RuneError, because decoding a token replaces invalid UTF-8
// with it, which could make two subjects equal.
func isPlain(text string) bool {
	return len(text) <= maxLength && !strings.ContainsFunc(text, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsControl(r)
	})
}

// maxEmailLength is the maximum length of an address, in bytes (RFC 3696, erratum 1690).
const maxEmailLength = 254

// emailIn returns the claim email. It returns "" for an invalid address, and for one that
// the provider reports as not verified. Some providers write email_verified as a string.
func emailIn(all map[string]any) (string, error) {
	email, err := textIn(all, "email")
	if err != nil {
		return "", err
	}
	switch verified := claimIn(all, "email_verified"); verified {
	case nil, true, "true":
	default:
		return "", nil
	}
	if !isAddress(email) {
		return "", nil
	}
	return email, nil
}

func isAddress(email string) bool {
	address, err := mail.ParseAddress(email)
	return err == nil && address.Address == email && len(email) <= maxEmailLength && isPlain(email)
}

// claimIn returns the claim with this name, or nil. A name with dots, such as a URL, is a
// path only if no claim has exactly this name.
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
		return "", unauthenticated("claim " + name + " is not a string")
	}
	return text, nil
}

// maxRoles is the maximum number of roles of an actor.
const maxRoles = 100

// rolesIn accepts unknown roles, because they may belong to other services.
func (c Config) rolesIn(all map[string]any) ([]actor.Role, error) {
	value := claimIn(all, c.RolesClaim)
	names, ok := value.([]any)
	if !ok && value != nil {
		return nil, unauthenticated("claim " + c.RolesClaim + " is not a list")
	}
	var roles []actor.Role
	for _, n := range names {
		if name, ok := n.(string); ok && isPlain(name) && len(roles) < maxRoles {
			roles = append(roles, actor.Role(name))
		}
	}
	return roles, nil
}

// claimsFromActor is the inverse of Config.actor, but omits the subject.
func (c Config) claimsFromActor(a actor.Actor) map[string]any {
	claims := map[string]any{c.RolesClaim: a.Roles()}
	if email := a.Email(); email != "" {
		claims["email"] = email
	}
	if org := a.Organisation(); org != "" {
		claims[c.OrganisationClaim] = string(org)
	}
	return claims
}

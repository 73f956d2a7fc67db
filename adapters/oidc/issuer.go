package oidc

import (
	"context"
	"crypto"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/domain/actor"
	"example.com/portico/ports/outbound"
)

// Issuer is an identity provider for development: it gives a token to whoever
// asks, and trusts its own tokens only.
type Issuer struct {
	trust      Trust
	clock      outbound.Clock
	signer     jose.Signer
	publicKey  crypto.PublicKey
	remembered *remembered
}

const (
	// tokenType is what the header has to say (RFC 8725, section 3.11), so
	// that no other signed text passes for a token.
	tokenType = "at+jwt"
	// longestToken is how many bytes of a stranger's are looked at.
	longestToken = 8 << 10
)

// OpenIssuer signs with the key in a file, which it makes where there is none.
func OpenIssuer(keyFile string, trust Trust, clock outbound.Clock) (*Issuer, error) {
	key, err := openKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("open the issuer's key: %w", err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: key},
		(&jose.SignerOptions{}).WithType(tokenType),
	)
	if err != nil {
		return nil, fmt.Errorf("open the issuer's key: %w", err)
	}
	return &Issuer{
		trust:      trust,
		clock:      clock,
		signer:     signer,
		publicKey:  key.Public(),
		remembered: newRemembered(),
	}, nil
}

// Issue makes a token for an actor that is valid from now on. It fails with
// actor.ErrAnonymous for nobody. A role that needs an organisation is left out
// where there is none.
func (i *Issuer) Issue(a actor.Actor, ttl time.Duration) (string, error) {
	if a.ID() == "" {
		return "", actor.ErrAnonymous
	}
	now := i.clock.Now()
	return jwt.Signed(i.signer).Claims(jwt.Claims{
		Issuer:    i.trust.Issuer,
		Subject:   string(a.ID()),
		Audience:  jwt.Audience{i.trust.Audience},
		IssuedAt:  jwt.NewNumericDate(now),
		NotBefore: jwt.NewNumericDate(now),
		Expiry:    jwt.NewNumericDate(now.Add(ttl)),
	}).Claims(i.trust.claimsOf(a)).Serialize()
}

// Verify is as outbound.Tokens says.
func (i *Issuer) Verify(_ context.Context, token string) (actor.Actor, error) {
	now := i.clock.Now()
	if len(token) > longestToken {
		return actor.Anonymous, wrong("it is too long")
	}
	if a, ok := i.remembered.actor(token, now); ok {
		return a, nil
	}
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return actor.Anonymous, wrong("it is no JSON Web Token with an EdDSA signature")
	}
	if typ, _ := signed.Headers[0].ExtraHeaders[jose.HeaderType].(string); !strings.EqualFold(typ, tokenType) {
		return actor.Anonymous, wrong("its type is not " + tokenType)
	}
	var registered jwt.Claims
	var all map[string]any
	if err := signed.Claims(i.publicKey, &registered, &all); err != nil {
		return actor.Anonymous, wrong("its signature or its claims are not in order")
	}
	if err := i.trust.check(registered, now); err != nil {
		return actor.Anonymous, err
	}
	a, err := i.trust.actor(registered, all)
	if err != nil {
		return actor.Anonymous, err
	}
	i.remembered.add(token, a, registered.Expiry.Time().Add(leeway))
	return a, nil
}

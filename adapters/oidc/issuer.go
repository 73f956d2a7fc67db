package oidc

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/domain/actor"
	"example.com/portico/ports/platform"
)

// Issuer is an identity provider for development: it gives a token to whoever
// asks, and trusts its own tokens only.
type Issuer struct {
	*Verifier
	signer jose.Signer
}

// issuedType is what an issuer says in the header of its tokens, and wants to
// see there.
const issuedType = "at+jwt"

// OpenIssuer signs with the key in a file, which it makes where there is none.
func OpenIssuer(keyFile string, trust Trust, clock platform.Clock) (*Issuer, error) {
	key, err := openKey(keyFile)
	if err != nil {
		return nil, fmt.Errorf("open the issuer's key: %w", err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: key},
		(&jose.SignerOptions{}).WithType(issuedType),
	)
	if err != nil {
		return nil, fmt.Errorf("open the issuer's key: %w", err)
	}
	return &Issuer{
		Verifier: &Verifier{
			trust:      trust,
			clock:      clock,
			algorithms: []jose.SignatureAlgorithm{jose.EdDSA},
			types:      []string{issuedType},
			keys:       ownKey{key.Public()},
			remembered: newRemembered(),
		},
		signer: signer,
	}, nil
}

// ownKey is one that never changes.
type ownKey struct{ public crypto.PublicKey }

func (k ownKey) find(context.Context, jose.Header) ([]crypto.PublicKey, time.Time, error) {
	return []crypto.PublicKey{k.public}, time.Unix(1<<40, 0), nil // in 36,000 years
}

// Issue makes a token for an actor that is valid from now on. It fails with
// actor.ErrAnonymous for nobody.
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

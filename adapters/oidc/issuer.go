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

// Issuer is an identity provider for development. It issues tokens for any actor
// and accepts only its own.
type Issuer struct {
	*Verifier
	signer jose.Signer
}

// issuedType is the type in the header of the issuer's tokens.
const issuedType = "at+jwt"

// OpenIssuer signs with the key in a file, which it creates if it does not exist.
func OpenIssuer(keyFile string, config Config, clock platform.Clock) (*Issuer, error) {
	key, err := loadOrCreateKey(keyFile)
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
			config:     config,
			clock:      clock,
			algorithms: []jose.SignatureAlgorithm{jose.EdDSA},
			types:      []string{issuedType},
			keys:       ownKey{key.Public()},
			cache:      newTokenCache(),
		},
		signer: signer,
	}, nil
}

// ownKey is a key that never changes.
type ownKey struct{ public crypto.PublicKey }

func (k ownKey) find(context.Context, jose.Header) ([]crypto.PublicKey, time.Time, error) {
	return []crypto.PublicKey{k.public}, time.Unix(1<<40, 0), nil // in 36,000 years
}

// Issue returns a token for an actor, valid from now on. It fails with
// actor.ErrAnonymous for the anonymous actor.
func (i *Issuer) Issue(a actor.Actor, ttl time.Duration) (string, error) {
	if a.ID() == "" {
		return "", actor.ErrAnonymous
	}
	now := i.clock.Now()
	return jwt.Signed(i.signer).Claims(jwt.Claims{
		Issuer:    i.config.Issuer,
		Subject:   string(a.ID()),
		Audience:  jwt.Audience{i.config.Audience},
		IssuedAt:  jwt.NewNumericDate(now),
		NotBefore: jwt.NewNumericDate(now),
		Expiry:    jwt.NewNumericDate(now.Add(ttl)),
	}).Claims(i.config.claimsFromActor(a)).Serialize()
}

package oidc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/domain/actor"
	"example.com/portico/ports/platform"
)

// Issuer is an identity provider for development. It issues tokens for any actor, and
// accepts only tokens signed with its key.
type Issuer struct {
	*Verifier
	signer jose.Signer
}

// issuedType is the type in the header of the issuer's tokens.
const issuedType = "at+jwt"

// OpenIssuer returns an issuer that signs with the key in keyFile. It creates the file if
// necessary.
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

// ownKey is an Issuer's public key, which never changes.
type ownKey struct{ public crypto.PublicKey }

func (k ownKey) find(context.Context, jose.Header) ([]crypto.PublicKey, time.Time, error) {
	return []crypto.PublicKey{k.public}, time.Unix(1<<40, 0), nil // never expires (year 36812)
}

// maxLifetime limits the lifetime of a token, because a token cannot be revoked.
const maxLifetime = 30 * 24 * time.Hour

// Issue returns a token for an actor. The token is valid for the duration ttl. Issue fails
// if ttl is not positive or exceeds 30 days, and with actor.ErrAnonymous for the anonymous
// actor.
func (i *Issuer) Issue(a actor.Actor, ttl time.Duration) (string, error) {
	if a.ID() == "" {
		return "", actor.ErrAnonymous
	}
	if ttl <= 0 || ttl > maxLifetime {
		return "", fmt.Errorf("invalid token lifetime %s: want more than 0s and at most %s", ttl, maxLifetime)
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

// loadOrCreateKey reads an Ed25519 key, in PKCS #8 and PEM format, from a file. It
// creates a key if the file does not exist. Concurrent processes get the same key.
func loadOrCreateKey(file string) (ed25519.PrivateKey, error) {
	key, err := readKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKey(file)
}

func readKey(file string) (ed25519.PrivateKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM format", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s is not a private key in PKCS #8", file)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an Ed25519 key", file)
	}
	return key, nil
}

// createKey fails with fs.ErrExist if the file exists.
func createKey(file string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	// The write is atomic, because an incomplete key would make every later start fail.
	encoded := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return fsync.Write(file, bytes.NewReader(encoded), os.Link)
}

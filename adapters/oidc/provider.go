package oidc

import (
	"context"
	"errors"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/ports/platform"
)

// Provider verifies the tokens of an identity provider that implements OpenID
// Connect Discovery 1.0.
type Provider struct {
	*Verifier
	keyring *keyring
}

// asymmetric lists the algorithms whose public keys cannot sign.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// NewProvider accepts tokens of the provider at config.Issuer, an https or http
// URL. It does not connect yet.
func NewProvider(config Config, clock platform.Clock) (*Provider, error) {
	issuer, err := url.Parse(config.Issuer)
	if err != nil || issuer.Scheme != "https" && issuer.Scheme != "http" || issuer.Host == "" || issuer.User != nil {
		return nil, errors.New("identity provider: the issuer is not an https or http URL")
	}
	ring := newKeyring(config.Issuer, clock)
	return &Provider{
		Verifier: &Verifier{
			config:     config,
			clock:      clock,
			algorithms: asymmetric,
			// Providers use the type of access tokens (RFC 9068), that of any JSON
			// Web Token, or none.
			types: []string{"at+jwt", "jwt", ""},
			keys:  ring,
			cache: newTokenCache(),
		},
		keyring: ring,
	}, nil
}

// Ping fails until the provider's keys have been fetched once.
func (p *Provider) Ping(ctx context.Context) error { return p.keyring.ready(ctx) }

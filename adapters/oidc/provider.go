package oidc

import (
	"context"
	"errors"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/ports/platform"
)

// Provider is an identity provider elsewhere, as OpenID Connect Discovery 1.0
// describes them.
type Provider struct {
	*Verifier
	keyring *keyring
}

// asymmetric are the algorithms whose published keys check signatures and make none.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// NewProvider trusts what the provider at trust.Issuer signs, an https or http
// URL. It asks for the provider's keys when it first needs them.
func NewProvider(trust Trust, clock platform.Clock) (*Provider, error) {
	issuer, err := url.Parse(trust.Issuer)
	if err != nil || issuer.Scheme != "https" && issuer.Scheme != "http" || issuer.Host == "" || issuer.User != nil {
		return nil, errors.New("identity provider: the issuer is no https or http URL")
	}
	ring := newKeyring(trust.Issuer, clock)
	return &Provider{
		Verifier: &Verifier{
			trust:      trust,
			clock:      clock,
			algorithms: asymmetric,
			// Some providers say that it is an access token (RFC 9068), some
			// that it is a token, some nothing.
			types:      []string{"at+jwt", "jwt", ""},
			keys:       ring,
			remembered: newRemembered(),
		},
		keyring: ring,
	}, nil
}

// Ping fails as long as the provider has never told its keys.
func (p *Provider) Ping(ctx context.Context) error { return p.keyring.known(ctx) }

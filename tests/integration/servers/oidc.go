package servers

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// IdentityProvider serves the OpenID provider of Zitadel's library over HTTP. It issues
// tokens for the client_credentials grant (RFC 6749, section 4.4). Its keys can be
// rotated.
type IdentityProvider struct {
	URL  string // the issuer's URL, through the proxy
	Line *Line

	t        testing.TB
	audience string

	mu      sync.Mutex
	keys    []IdentityKey // the provider signs with the first
	keySets int           // number of requests for the keys
	clients map[string]map[string]any
}

// IdentityKey is a signing key of a provider.
type IdentityKey struct {
	Name    string // kid
	Alg     jose.SignatureAlgorithm
	Private crypto.Signer
}

// NewIdentityKey makes an Ed25519 key.
func NewIdentityKey(t testing.TB, name string) IdentityKey {
	t.Helper()
	return NewIdentityKeyFor(t, name, jose.EdDSA)
}

// NewIdentityKeyFor makes a key for an algorithm.
func NewIdentityKeyFor(t testing.TB, name string, algorithm jose.SignatureAlgorithm) IdentityKey {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.ES512:
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return IdentityKey{name, algorithm, private}
}

// Sign makes a token with exactly these claims, even if no provider would issue it. If
// typ is empty, the token has no typ header.
func (k IdentityKey) Sign(t testing.TB, typ string, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.Alg, Key: jose.JSONWebKey{Key: k.Private, KeyID: k.Name}}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// OIDC starts a provider for one test. The provider issues tokens for the audience. It
// runs in the test's process, so it is available with -short too.
func OIDC(t testing.TB, audience string, keys ...IdentityKey) *IdentityProvider {
	t.Helper()
	p := &IdentityProvider{t: t, audience: audience, keys: keys, clients: map[string]map[string]any{}}
	server := httptest.NewUnstartedServer(nil) // its address is known before it starts
	t.Cleanup(server.Close)
	p.Line = Proxy(t, "http://"+server.Listener.Addr().String())
	p.URL = p.Line.URL
	provider, err := op.NewProvider(&op.Config{}, storage{of: p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = provider
	server.Start()
	return p
}

// Rotate replaces the keys. The provider signs with the first key and publishes all keys.
func (p *IdentityProvider) Rotate(keys ...IdentityKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = keys
}

// Asked returns the number of requests for the keys.
func (p *IdentityProvider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keySets
}

// Key returns the key that the provider signs with.
func (p *IdentityProvider) Key() IdentityKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[0]
}

// Token requests a token for a subject, with additional claims.
func (p *IdentityProvider) Token(subject string, claims map[string]any) string {
	p.t.Helper()
	p.mu.Lock()
	p.clients[subject] = maps.Clone(claims)
	p.mu.Unlock()
	form := url.Values{"grant_type": {string(oidc.GrantTypeClientCredentials)}, "client_id": {subject}, "client_secret": {secretOf(subject)}}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.URL+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		p.t.Fatalf("token: %s, %v", resp.Status, err)
	}
	return answer.AccessToken
}

func secretOf(client string) string { return client + "'s" }

// storage implements op.Storage for the library's provider.
type storage struct {
	op.Storage // nil: the other methods are never called
	of         *IdentityProvider
}

func (s storage) KeySet(context.Context) ([]op.Key, error) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.keySets++
	var public []op.Key
	for _, k := range s.of.keys {
		public = append(public, publicKey{k})
	}
	return public, nil
}

func (s storage) SigningKey(context.Context) (op.SigningKey, error) {
	return privateKey{s.of.Key()}, nil
}

func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.of.Key().Alg}, nil
}

func (s storage) ClientCredentials(_ context.Context, id, secret string) (op.Client, error) {
	if secret != secretOf(id) {
		return nil, oidc.ErrInvalidClient()
	}
	return client{id: id}, nil
}

func (s storage) ClientCredentialsTokenRequest(_ context.Context, id string, _ []string) (op.TokenRequest, error) {
	return tokenRequest{id, s.of.audience}, nil
}

func (s storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(time.Hour), nil
}

func (s storage) GetPrivateClaimsFromScopes(_ context.Context, _, id string, _ []string) (map[string]any, error) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	return maps.Clone(s.of.clients[id]), nil
}

type client struct {
	op.Client // nil: the other methods are never called
	id        string
}

func (c client) GetID() string { return c.id }
func (c client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}
func (c client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (c client) ClockSkew() time.Duration            { return 0 }
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

type tokenRequest struct{ subject, audience string }

func (r tokenRequest) GetSubject() string    { return r.subject }
func (r tokenRequest) GetAudience() []string { return []string{r.audience} }
func (r tokenRequest) GetScopes() []string   { return nil }

// privateKey implements op.SigningKey.
type privateKey struct{ of IdentityKey }

func (k privateKey) ID() string                                  { return k.of.Name }
func (k privateKey) Key() any                                    { return k.of.Private }
func (k privateKey) SignatureAlgorithm() jose.SignatureAlgorithm { return k.of.Alg }

// publicKey implements op.Key with the public part of a key.
type publicKey struct{ of IdentityKey }

func (k publicKey) ID() string                         { return k.of.Name }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return k.of.Alg }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.of.Private.Public() }

package oidc

import (
	"context"
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Provider verifies the tokens of an identity provider that implements OpenID Connect
// Discovery 1.0.
type Provider struct {
	*Verifier
	keyring *keyring
}

// asymmetric lists the algorithms that need a private key to sign.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// NewProvider returns a verifier for the provider at config.Issuer, an https or http URL.
// NewProvider does not connect yet.
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
			// Providers set the type to "at+jwt" (RFC 9068) or "JWT", or omit it.
			types: []string{"at+jwt", "jwt", ""},
			keys:  ring,
			cache: newTokenCache(),
		},
		keyring: ring,
	}, nil
}

// Ping fetches the provider's keys if they have never been fetched.
func (p *Provider) Ping(ctx context.Context) error { return p.keyring.ready(ctx) }

const (
	// maxAge is the age at which keys are fetched again. Older keys are used only while
	// the provider is unavailable.
	maxAge = 5 * time.Minute
	// minRefreshInterval is the minimum time between two fetches, even if a token names
	// an unknown key.
	minRefreshInterval = 5 * time.Second
	fetchTimeout       = 3 * time.Second
	// maxResponse is in bytes.
	maxResponse = 1 << 20
	// minRSABits is the minimum key size of RFC 7518, section 3.3.
	minRSABits = 2048
)

// keyring holds the keys of a provider (RFC 7517).
type keyring struct {
	issuer    string
	http      *http.Client
	clock     platform.Clock
	refreshes singleflight.Group

	mu          sync.Mutex
	keys        []jose.JSONWebKey // none before the first fetch
	freshUntil  time.Time
	nextRefresh time.Time // the earliest time
	failure     error     // of the last refresh
}

func newKeyring(issuer string, clock platform.Clock) *keyring {
	return &keyring{issuer: issuer, clock: clock, http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			DialContext: (&net.Dialer{Timeout: fetchTimeout}).DialContext, TLSHandshakeTimeout: fetchTimeout,
		},
		// A redirect could lead to keys that are not the issuer's.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ready fetches the keys if there are none.
func (k *keyring) ready(ctx context.Context) error {
	k.mu.Lock()
	ready := len(k.keys) > 0
	k.mu.Unlock()
	if ready {
		return nil
	}
	return k.refresh(ctx)
}

// find returns the keys for a token with this header. It fetches the keys again if they
// are older than maxAge or none of them matches.
func (k *keyring) find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error) {
	found, until, failing := k.matching(header)
	switch {
	case len(found) > 0 && k.clock.Now().Before(until):
		return found, until, nil
	case len(found) > 0 && failing: // the last fetch failed: use the old keys, so that no request waits
		k.refreshAsync(ctx)
		return found, until, nil
	}
	failure := k.refresh(ctx)
	found, until, _ = k.matching(header)
	switch {
	case len(found) > 0:
		return found, until, nil
	case failure != nil:
		return nil, time.Time{}, failure
	default:
		return nil, time.Time{}, unauthenticated("unknown signing key")
	}
}

// matching returns the keys that match a header. It also returns their expiry time and
// whether the last refresh failed. A header without a key id matches every key for its
// algorithm.
func (k *keyring) matching(h jose.Header) (found []crypto.PublicKey, until time.Time, failing bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.keys {
		if (h.KeyID == "" || key.KeyID == h.KeyID) && (key.Algorithm == "" || key.Algorithm == h.Algorithm) {
			found = append(found, key.Key)
		}
	}
	return found, k.freshUntil, k.failure != nil
}

// refresh fetches the keys. Within minRefreshInterval of the last fetch, it returns that
// fetch's error instead.
func (k *keyring) refresh(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case result := <-k.refreshAsync(ctx):
		return result.Err
	}
}

// refreshAsync starts a refresh without waiting.
func (k *keyring) refreshAsync(ctx context.Context) <-chan singleflight.Result {
	return k.refreshes.DoChan("", func() (any, error) {
		k.mu.Lock()
		soon, failure := k.clock.Now().Before(k.nextRefresh), k.failure
		k.mu.Unlock()
		if soon {
			return nil, failure
		}
		// The fetch continues if its first caller gives up, because other callers may be
		// waiting.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		keys, err := k.fetch(ctx)

		k.mu.Lock()
		defer k.mu.Unlock()
		now := k.clock.Now()
		k.nextRefresh, k.failure = now.Add(minRefreshInterval), nil
		if err != nil {
			k.failure = fmt.Errorf("identity provider: %w: %w", ports.ErrUnavailable, err)
			return nil, k.failure
		}
		k.keys, k.freshUntil = keys, now.Add(maxAge)
		return nil, nil
	})
}

// fetch reads the provider's metadata and then its keys.
func (k *keyring) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+"/.well-known/openid-configuration", &metadata); err != nil {
		return nil, err
	}
	switch {
	case metadata.Issuer != k.issuer:
		return nil, errors.New("its metadata names another issuer")
	case strings.HasPrefix(k.issuer, "https:") && !strings.HasPrefix(metadata.JWKSURI, "https:"):
		return nil, errors.New("jwks_uri is not an https URL")
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, metadata.JWKSURI, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, encoded := range set.Keys {
		var key jose.JSONWebKey
		if err := json.Unmarshal(encoded, &key); err == nil && usable(key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no usable signing keys")
	}
	return keys, nil
}

// usable reports whether a key is public, strong enough and meant for signatures. A
// provider may publish unusable keys.
func usable(key jose.JSONWebKey) bool {
	if !key.IsPublic() || key.Use != "" && key.Use != "sig" {
		return false
	}
	r, isRSA := key.Key.(*rsa.PublicKey)
	return !isRSA || r.N.BitLen() >= minRSABits
}

func (k *keyring) get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := k.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: answered %s", url, resp.Status)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxResponse))
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

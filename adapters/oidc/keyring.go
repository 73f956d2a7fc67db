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
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

const (
	// freshFor is how long keys count before the provider is asked whether they
	// still do. While it does not answer, they do.
	freshFor = 5 * time.Minute
	// askEach is how often it is asked at most, whatever tokens come.
	askEach   = 5 * time.Second
	askWithin = 3 * time.Second
	// longestAnswer is in bytes.
	longestAnswer = 1 << 20
	// shortestRSA is in bits (RFC 7518, section 3.3).
	shortestRSA = 2048
)

// keyring keeps the keys of a provider (RFC 7517).
type keyring struct {
	issuer string
	http   *http.Client
	clock  platform.Clock
	asking singleflight.Group

	mu         sync.Mutex
	keys       []jose.JSONWebKey // none before the provider has told them
	freshUntil time.Time
	askAgain   time.Time // not before
	failure    error     // of the last time that it was asked
}

func newKeyring(issuer string, clock platform.Clock) *keyring {
	return &keyring{issuer: issuer, clock: clock, http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			DialContext: (&net.Dialer{Timeout: askWithin}).DialContext, TLSHandshakeTimeout: askWithin,
		},
		// It is asked where the issuer's URL says and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// known fails as long as there are no keys.
func (k *keyring) known(ctx context.Context) error {
	k.mu.Lock()
	known := len(k.keys) > 0
	k.mu.Unlock()
	if known {
		return nil
	}
	return k.renew(ctx)
}

// find is as keys says. It asks the provider when a key is unknown or no longer
// fresh.
func (k *keyring) find(ctx context.Context, header jose.Header) ([]crypto.PublicKey, time.Time, error) {
	found, until, failing := k.suiting(header)
	switch {
	case len(found) > 0 && k.clock.Now().Before(until):
		return found, until, nil
	case len(found) > 0 && failing: // one has waited in vain, which is enough
		k.start(ctx)
		return found, until, nil
	}
	failure := k.renew(ctx)
	found, until, _ = k.suiting(header)
	switch {
	case len(found) > 0:
		return found, until, nil
	case failure != nil:
		return nil, time.Time{}, failure
	default:
		return nil, time.Time{}, wrong("it is signed with a key that the issuer does not have")
	}
}

// suiting returns the keys that a header may mean, and whether the provider did
// not answer when it was last asked. A header that names no key may mean any.
func (k *keyring) suiting(h jose.Header) (found []crypto.PublicKey, until time.Time, failing bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.keys {
		if (h.KeyID == "" || key.KeyID == h.KeyID) && (key.Algorithm == "" || key.Algorithm == h.Algorithm) {
			found = append(found, key.Key)
		}
	}
	return found, k.freshUntil, k.failure != nil
}

// renew asks the provider for its keys, unless somebody has just done so: then
// it tells what came of that.
func (k *keyring) renew(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case result := <-k.start(ctx):
		return result.Err
	}
}

// start is renew for who does not wait.
func (k *keyring) start(ctx context.Context) <-chan singleflight.Result {
	return k.asking.DoChan("", func() (any, error) {
		k.mu.Lock()
		soon, failure := k.clock.Now().Before(k.askAgain), k.failure
		k.mu.Unlock()
		if soon {
			return nil, failure
		}
		// Others may wait for the answer when the first has given up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
		defer cancel()
		keys, err := k.ask(ctx)

		k.mu.Lock()
		defer k.mu.Unlock()
		now := k.clock.Now()
		k.askAgain, k.failure = now.Add(askEach), nil
		if err != nil {
			k.failure = fmt.Errorf("identity provider: %w: %w", ports.ErrUnavailable, err)
			return nil, k.failure
		}
		k.keys, k.freshUntil = keys, now.Add(freshFor)
		return nil, nil
	})
}

// ask finds out where the keys are, and gets them.
func (k *keyring) ask(ctx context.Context) ([]jose.JSONWebKey, error) {
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+"/.well-known/openid-configuration", &metadata); err != nil {
		return nil, err
	}
	switch {
	case metadata.Issuer != k.issuer:
		return nil, errors.New("it calls itself by another name than the issuer's")
	case strings.HasPrefix(k.issuer, "https:") && !strings.HasPrefix(metadata.JWKSURI, "https:"):
		return nil, errors.New("its keys are not behind https")
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
		return nil, errors.New("it has no keys for signatures")
	}
	return keys, nil
}

// usable leaves out what is for something else, or too weak, or of a kind that
// is not known yet: a provider serves others too.
func usable(key jose.JSONWebKey) bool {
	if !key.IsPublic() || key.Use != "" && key.Use != "sig" {
		return false
	}
	r, isRSA := key.Key.(*rsa.PublicKey)
	return !isRSA || r.N.BitLen() >= shortestRSA
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
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return nil
}

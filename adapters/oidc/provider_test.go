package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	minRefreshInterval = 5 * time.Second
	maxAge             = 5 * time.Minute
)

func newProvider(t *testing.T, issuer string, clock platform.Clock) *oidc.Provider {
	t.Helper()
	p, err := oidc.NewProvider(oidc.Config{
		Issuer: issuer, Audience: config.Audience, RolesClaim: config.RolesClaim, OrganisationClaim: config.OrganisationClaim,
	}, clock)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// about returns claims about a subject. They are valid for an hour.
func about(issuer, subject string, clock platform.Clock) map[string]any {
	return map[string]any{
		"iss": issuer, "aud": config.Audience, "sub": subject, "exp": clock.Now().Add(time.Hour).Unix(), "roles": []string{"customer"},
	}
}

func TestProviderSatisfiesTheContract(t *testing.T) {
	t.Parallel()
	algorithms := []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA}
	for i := range 20 {
		algorithm := algorithms[i%len(algorithms)]
		t.Run(fmt.Sprint(algorithm, " ", i+1), func(t *testing.T) {
			t.Parallel()
			key, other := servers.NewIdentityKeyFor(t, "1", algorithm), servers.NewIdentityKeyFor(t, "1", algorithm)
			contract.RunTokens(t, func(t *testing.T) contract.Tokens {
				t.Helper()
				idp, clock := servers.OIDC(t, config.Audience, key), newClock()
				return contract.Tokens{
					Tokens: newProvider(t, idp.URL, clock),
					Issuer: idp.URL, Audience: config.Audience,
					RolesClaim: config.RolesClaim, OrganisationClaim: config.OrganisationClaim,
					Sign:      func(claims map[string]any) string { return key.Sign(t, "at+jwt", claims) },
					Forge:     func(claims map[string]any) string { return other.Sign(t, "at+jwt", claims) },
					PublicKey: key.Private.Public(),
					Now:       clock.Now,
					Advance:   clock.Advance,
				}
			})
		})
	}
}

func TestProviderTokens(t *testing.T) {
	t.Parallel()
	key := servers.NewIdentityKeyFor(t, "1", jose.ES256)
	idp, clock := servers.OIDC(t, config.Audience, key), newClock()
	provider := newProvider(t, idp.URL, clock)

	t.Run("identify the actor when a real provider issues them", func(t *testing.T) {
		idp := servers.OIDC(t, config.Audience, servers.NewIdentityKeyFor(t, "1", jose.RS256))
		provider, err := oidc.NewProvider(oidc.Config{
			Issuer: idp.URL, Audience: config.Audience, RolesClaim: "realm_access.roles", OrganisationClaim: "org",
		}, memory.NewClock(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		a, err := provider.Verify(t.Context(), idp.Token("ann", map[string]any{
			"realm_access": map[string]any{"roles": []string{"organiser", "offline_access"}}, "org": "globe",
		}))
		if err != nil {
			t.Fatal(err)
		}
		wantActor(t, a, newActor(t, a.Email(), "globe", "organiser", "offline_access"))
	})

	t.Run("are accepted with every type that providers use", func(t *testing.T) {
		for _, typ := range []string{"JWT", "jwt", "at+jwt", "application/at+jwt", ""} {
			if _, err := provider.Verify(t.Context(), key.Sign(t, typ, about(idp.URL, "ann", clock))); err != nil {
				t.Errorf("%q: %v", typ, err)
			}
		}
	})

	t.Run("are refused with any other type", func(t *testing.T) {
		for _, typ := range []string{"logout+jwt", "secevent+jwt", "dpop+jwt", "refresh+jwt", "x"} {
			wantRefused(t, provider, key.Sign(t, typ, about(idp.URL, "ann", clock)))
		}
	})

	t.Run("grant only the roles at the configured path", func(t *testing.T) {
		provider, err := oidc.NewProvider(oidc.Config{
			Issuer: idp.URL, Audience: config.Audience, RolesClaim: "realm_access.roles", OrganisationClaim: "https://portico.example/org",
		}, clock)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name   string
			claims map[string]any
			want   bool
		}{
			{"at the path", map[string]any{"realm_access": map[string]any{"roles": []string{"door"}}, "https://portico.example/org": "globe"}, true},
			{"under the whole name", map[string]any{"realm_access.roles": []string{"door"}, "https://portico.example/org": "globe"}, true},
			{"under the last part of the path", map[string]any{"roles": []string{"door"}, "https://portico.example/org": "globe"}, false},
			{"in the middle of the path", map[string]any{"realm_access": []string{"door"}, "https://portico.example/org": "globe"}, false},
		} {
			claims := about(idp.URL, "ann", clock)
			maps.Copy(claims, test.claims)
			a, err := provider.Verify(t.Context(), key.Sign(t, "JWT", claims))
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			if got := slices.Equal(a.Roles(), []actor.Role{"door"}); got != test.want {
				t.Errorf("%s: roles %q, want door: %t", test.name, a.Roles(), test.want)
			}
		}
	})
}

func TestProviderKeys(t *testing.T) {
	t.Parallel()
	run := func(name string, test func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := servers.NewIdentityKeyFor(t, "first", jose.ES256)
			test(t, servers.OIDC(t, config.Audience, first), first, newClock())
		})
	}

	run("are fetched once for 200 concurrent callers", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		var callers sync.WaitGroup
		for i := range 200 {
			callers.Go(func() {
				if _, err := provider.Verify(t.Context(), first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock))); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		wantFetches(t, idp, 1)
	})

	run("are still fetched when the first caller gives up", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		token := first.Sign(t, "JWT", about(idp.URL, "ann", clock))
		idp.Line.HalfOpen()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := provider.Verify(gone, token); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want Canceled", err)
		}
		idp.Line.Restore()
		verified(t, provider, token)
		wantFetches(t, idp, 1)
	})

	run("are fetched again when a token names a new key", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		verified(t, provider, first.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		second := servers.NewIdentityKeyFor(t, "second", jose.RS256)
		idp.Rotate(second, first)
		clock.Advance(minRefreshInterval)
		verified(t, provider, second.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		verified(t, provider, first.Sign(t, "JWT", about(idp.URL, "bob", clock)))
		wantFetches(t, idp, 2)
	})

	run("are used for at most five minutes after the provider removes them", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		token := first.Sign(t, "JWT", about(idp.URL, "ann", clock))
		verified(t, provider, token)
		idp.Rotate(servers.NewIdentityKeyFor(t, "second", jose.ES256))
		clock.Advance(maxAge - time.Microsecond)
		verified(t, provider, token)
		clock.Advance(2 * time.Microsecond)
		wantRefused(t, provider, token)
	})

	run("are fetched at most once every five seconds, even if tokens name unknown keys", func(t *testing.T, idp *servers.IdentityProvider, _ servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		garbage := func() {
			for i := range 100 {
				wantRefused(t, provider, servers.NewIdentityKeyFor(t, fmt.Sprint("garbage ", i), jose.ES256).Sign(t, "JWT", about(idp.URL, "eve", clock)))
			}
		}
		garbage()
		wantFetches(t, idp, 1)
		clock.Advance(minRefreshInterval)
		garbage()
		wantFetches(t, idp, 2)
	})

	run("are fetched again when they are five minutes old, and not before", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		for i := range 10 {
			verified(t, provider, first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
		}
		wantFetches(t, idp, 1)
		clock.Advance(maxAge)
		for i := range 10 {
			verified(t, provider, first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
		}
		wantFetches(t, idp, 2)
	})

	run("verify only tokens signed with their algorithm", func(t *testing.T, idp *servers.IdentityProvider, _ servers.IdentityKey, clock *memory.Clock) {
		rs := servers.NewIdentityKeyFor(t, "rsa", jose.RS256)
		idp.Rotate(rs)
		provider := newProvider(t, idp.URL, clock)
		ps := servers.IdentityKey{Name: rs.Name, Alg: jose.PS256, Private: rs.Private}
		wantRefused(t, provider, ps.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		verified(t, provider, rs.Sign(t, "JWT", about(idp.URL, "ann", clock)))
	})

	run("verify a token without a key id", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		idp.Rotate(servers.NewIdentityKeyFor(t, "second", jose.ES256), first)
		nameless := servers.IdentityKey{Alg: first.Alg, Private: first.Private}
		verified(t, newProvider(t, idp.URL, clock), nameless.Sign(t, "JWT", about(idp.URL, "ann", clock)))
	})

	t.Run("are ignored when they are weak, of an unknown type or meant for encryption", func(t *testing.T) {
		t.Parallel()
		good, clock := servers.NewIdentityKeyFor(t, "good", jose.ES256), newClock()
		short, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		encrypts, weak := servers.NewIdentityKeyFor(t, "encrypts", jose.ES256), servers.IdentityKey{Name: "weak", Alg: jose.RS256, Private: short}
		issuer := publish(t, map[string]any{
			"/.well-known/openid-configuration": map[string]string{"issuer": "ISSUER", "jwks_uri": "ISSUER/keys"},
			"/keys": map[string]any{"keys": []any{
				map[string]string{"kty": "lattice", "kid": "new"},
				"no key at all",
				map[string]string{"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
				jwk(t, encrypts, map[string]any{"use": "enc"}),
				jwk(t, weak, nil),
				jwk(t, good, map[string]any{"alg": nil, "use": nil}),
			}},
		})
		provider := newProvider(t, issuer, clock)
		verified(t, provider, good.Sign(t, "JWT", about(issuer, "ann", clock)))
		wantRefused(t, provider, encrypts.Sign(t, "JWT", about(issuer, "ann", clock)))
		wantRefused(t, provider, weak.Sign(t, "JWT", about(issuer, "ann", clock)))
	})
}

func TestProviderOutage(t *testing.T) {
	t.Parallel()
	for _, outage := range []struct {
		name  string
		begin func(*servers.Line)
	}{{"stopped", (*servers.Line).Cut}, {"silent", (*servers.Line).HalfOpen}} {
		t.Run(outage.name+" before the first fetch", func(t *testing.T) {
			t.Parallel()
			key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
			idp := servers.OIDC(t, config.Audience, key)
			outage.begin(idp.Line)
			provider := newProvider(t, idp.URL, clock)
			token := key.Sign(t, "JWT", about(idp.URL, "ann", clock))
			start := time.Now()
			for range 100 {
				wantUnavailable(t, provider, token)
			}
			if err := provider.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("ping: error %v, want ErrUnavailable", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("100 tokens took %s, want at most 30s", took)
			}
			idp.Line.Restore()
			clock.Advance(minRefreshInterval)
			if err := provider.Ping(t.Context()); err != nil {
				t.Errorf("ping after the outage: %v", err)
			}
			verified(t, provider, token)
		})

		t.Run(outage.name+" after a fetch", func(t *testing.T) {
			t.Parallel()
			key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
			idp := servers.OIDC(t, config.Audience, key)
			provider := newProvider(t, idp.URL, clock)
			verified(t, provider, key.Sign(t, "JWT", about(idp.URL, "ann", clock)))
			outage.begin(idp.Line)
			clock.Advance(maxAge)
			start := time.Now()
			for i := range 100 { // each with a new token
				clock.Advance(minRefreshInterval)
				verified(t, provider, key.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
			}
			if err := provider.Ping(t.Context()); err != nil {
				t.Errorf("ping: %v", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("100 tokens took %s, want at most 30s", took)
			}
			second := servers.NewIdentityKeyFor(t, "2", jose.ES256)
			idp.Rotate(second)
			token := second.Sign(t, "JWT", about(idp.URL, "ann", clock))
			wantUnavailable(t, provider, token)
			idp.Line.Restore()
			clock.Advance(minRefreshInterval)
			verified(t, provider, token)
		})
	}
}

func TestVerifyFailsForAProvider(t *testing.T) {
	t.Parallel()
	key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
	keys := map[string]any{"keys": []any{jwk(t, key, nil)}}
	where := map[string]string{"issuer": "ISSUER", "jwks_uri": "ISSUER/keys"}
	const configuration = "/.well-known/openid-configuration"
	for _, test := range []struct {
		name      string
		documents map[string]any
	}{
		{"without metadata", map[string]any{"/keys": keys}},
		{"with metadata of another issuer", map[string]any{configuration: map[string]string{"issuer": "https://issuer.example", "jwks_uri": "ISSUER/keys"}, "/keys": keys}},
		{"with metadata of a similar issuer", map[string]any{configuration: map[string]string{"issuer": "ISSUER/", "jwks_uri": "ISSUER/keys"}, "/keys": keys}},
		{"without jwks_uri", map[string]any{configuration: map[string]string{"issuer": "ISSUER"}, "/keys": keys}},
		{"without keys", map[string]any{configuration: where, "/keys": map[string]any{"keys": []any{}}}},
		{"whose keys are not a list", map[string]any{configuration: where, "/keys": []string{"keys"}}},
		{"whose only key is symmetric", map[string]any{configuration: where, "/keys": map[string]any{"keys": []any{map[string]string{"kty": "oct", "k": "c2VjcmV0"}}}}},
		{"with an oversized response", map[string]any{configuration: where, "/keys": map[string]any{"more": strings.Repeat("x", 2<<20), "keys": []any{jwk(t, key, nil)}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			issuer := publish(t, test.documents)
			wantUnavailable(t, newProvider(t, issuer, clock), key.Sign(t, "JWT", about(issuer, "ann", clock)))
		})
	}
}

func TestNewProvider(t *testing.T) {
	t.Run("refuses an invalid URL without quoting it", func(t *testing.T) {
		for _, issuer := range []string{"", "issuer.example", "ftp://issuer.example", "https://", "https://ann:secret@issuer.example", "https://ann:secret@issuer example"} {
			if _, err := oidc.NewProvider(oidc.Config{Issuer: issuer}, newClock()); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: error %v, want one without the password", issuer, err)
			}
		}
	})
}

func verified(t *testing.T, tokens platform.Tokens, token string) {
	t.Helper()
	if _, err := tokens.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func wantRefused(t *testing.T, tokens platform.Tokens, token string) {
	t.Helper()
	if _, err := tokens.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("error %v, want ErrUnauthenticated", err)
	}
}

func wantUnavailable(t *testing.T, tokens platform.Tokens, token string) {
	t.Helper()
	if _, err := tokens.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

func wantFetches(t *testing.T, idp *servers.IdentityProvider, want int) {
	t.Helper()
	if got := idp.Asked(); got != want {
		t.Errorf("the keys were fetched %d times, want %d", got, want)
	}
}

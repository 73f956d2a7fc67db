package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What the adapter promises.
const (
	askEach  = 5 * time.Second
	freshFor = 5 * time.Minute
)

func newProvider(t *testing.T, issuer string, clock platform.Clock) *oidc.Provider {
	t.Helper()
	p, err := oidc.NewProvider(oidc.Trust{
		Issuer: issuer, Audience: trust.Audience, RolesClaim: trust.RolesClaim, OrganisationClaim: trust.OrganisationClaim,
	}, clock)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// about are the claims of a token that is good for an hour.
func about(issuer, subject string, clock platform.Clock) map[string]any {
	return map[string]any{
		"iss": issuer, "aud": trust.Audience, "sub": subject, "exp": clock.Now().Add(time.Hour).Unix(), "roles": []string{"customer"},
	}
}

func TestProviderKeepsTheContract(t *testing.T) {
	t.Parallel()
	algorithms := []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA}
	for i := range 20 {
		algorithm := algorithms[i%len(algorithms)]
		t.Run(fmt.Sprint(algorithm, " ", i+1), func(t *testing.T) {
			t.Parallel()
			key, other := servers.NewIdentityKeyFor(t, "1", algorithm), servers.NewIdentityKeyFor(t, "1", algorithm)
			contract.RunTokens(t, func(t *testing.T) contract.Tokens {
				t.Helper()
				idp, clock := servers.OIDC(t, trust.Audience, key), newClock()
				return contract.Tokens{
					Tokens: newProvider(t, idp.URL, clock),
					Issuer: idp.URL, Audience: trust.Audience,
					RolesClaim: trust.RolesClaim, OrganisationClaim: trust.OrganisationClaim,
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

func TestProvidersTokens(t *testing.T) {
	t.Parallel()
	key := servers.NewIdentityKeyFor(t, "1", jose.ES256)
	idp, clock := servers.OIDC(t, trust.Audience, key), newClock()
	provider := newProvider(t, idp.URL, clock)

	t.Run("tell who a client of a real provider is", func(t *testing.T) {
		idp := servers.OIDC(t, trust.Audience, servers.NewIdentityKeyFor(t, "1", jose.RS256))
		provider, err := oidc.NewProvider(oidc.Trust{
			Issuer: idp.URL, Audience: trust.Audience, RolesClaim: "realm_access.roles", OrganisationClaim: "org",
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
		if staff, err := role.AsOrganiser(a); err != nil || staff != (actor.Staff{ID: "ann", Organisation: "globe"}) {
			t.Errorf("as an organiser: %+v, %v", staff, err)
		}
	})

	t.Run("may be of each type that providers give to theirs", func(t *testing.T) {
		for _, typ := range []string{"JWT", "jwt", "at+jwt", "application/at+jwt", ""} {
			if _, err := provider.Verify(t.Context(), key.Sign(t, typ, about(idp.URL, "ann", clock))); err != nil {
				t.Errorf("%q: %v", typ, err)
			}
		}
	})

	t.Run("are of no other type", func(t *testing.T) {
		for _, typ := range []string{"logout+jwt", "secevent+jwt", "dpop+jwt", "refresh+jwt", "x"} {
			wantRefused(t, provider, key.Sign(t, typ, about(idp.URL, "ann", clock)))
		}
	})

	t.Run("have their claims where the path says, and not beside it", func(t *testing.T) {
		provider, err := oidc.NewProvider(oidc.Trust{
			Issuer: idp.URL, Audience: trust.Audience, RolesClaim: "realm_access.roles", OrganisationClaim: "https://portico.example/org",
		}, clock)
		if err != nil {
			t.Fatal(err)
		}
		for what, test := range map[string]struct {
			claims map[string]any
			want   bool
		}{
			"at the path":            {map[string]any{"realm_access": map[string]any{"roles": []string{"door"}}, "https://portico.example/org": "globe"}, true},
			"under the whole name":   {map[string]any{"realm_access.roles": []string{"door"}, "https://portico.example/org": "globe"}, true},
			"under half of the name": {map[string]any{"roles": []string{"door"}, "https://portico.example/org": "globe"}, false},
			"on the way":             {map[string]any{"realm_access": []string{"door"}, "https://portico.example/org": "globe"}, false},
		} {
			claims := about(idp.URL, "ann", clock)
			maps.Copy(claims, test.claims)
			a, err := provider.Verify(t.Context(), key.Sign(t, "JWT", claims))
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := role.AsDoor(a); (err == nil) != test.want {
				t.Errorf("%s: as door staff: %v", what, err)
			}
		}
	})
}

func TestProvidersKeys(t *testing.T) {
	t.Parallel()
	run := func(name string, test func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := servers.NewIdentityKeyFor(t, "first", jose.ES256)
			test(t, servers.OIDC(t, trust.Audience, first), first, newClock())
		})
	}

	run("are asked for once by 200 who come at once", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		var asking sync.WaitGroup
		for i := range 200 {
			asking.Go(func() {
				if _, err := provider.Verify(t.Context(), first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock))); err != nil {
					t.Error(err)
				}
			})
		}
		asking.Wait()
		wantAsked(t, idp, 1)
	})

	run("are got for the others when who asked first gives up", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		token := first.Sign(t, "JWT", about(idp.URL, "ann", clock))
		idp.Line.HalfOpen()
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := provider.Verify(gone, token); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want Canceled", err)
		}
		idp.Line.Restore()
		verified(t, provider, token)
		wantAsked(t, idp, 1)
	})

	run("may be new at any time", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		verified(t, provider, first.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		second := servers.NewIdentityKeyFor(t, "second", jose.RS256)
		idp.Turn(second, first)
		clock.Advance(askEach)
		verified(t, provider, second.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		verified(t, provider, first.Sign(t, "JWT", about(idp.URL, "bob", clock)))
		wantAsked(t, idp, 2)
	})

	run("count for five minutes at most when the provider has them no more", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		token := first.Sign(t, "JWT", about(idp.URL, "ann", clock))
		verified(t, provider, token)
		idp.Turn(servers.NewIdentityKeyFor(t, "second", jose.ES256))
		clock.Advance(freshFor - time.Microsecond)
		verified(t, provider, token)
		clock.Advance(2 * time.Microsecond)
		wantRefused(t, provider, token)
	})

	run("are not asked for more often than every five seconds, whatever tokens come", func(t *testing.T, idp *servers.IdentityProvider, _ servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		garbage := func() {
			for i := range 100 {
				wantRefused(t, provider, servers.NewIdentityKeyFor(t, fmt.Sprint("garbage ", i), jose.ES256).Sign(t, "JWT", about(idp.URL, "eve", clock)))
			}
		}
		garbage()
		wantAsked(t, idp, 1)
		clock.Advance(askEach)
		garbage()
		wantAsked(t, idp, 2)
	})

	run("are asked for again when they are five minutes old, and not before", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		provider := newProvider(t, idp.URL, clock)
		for i := range 10 {
			verified(t, provider, first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
		}
		wantAsked(t, idp, 1)
		clock.Advance(freshFor)
		for i := range 10 {
			verified(t, provider, first.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
		}
		wantAsked(t, idp, 2)
	})

	run("are for one algorithm each", func(t *testing.T, idp *servers.IdentityProvider, _ servers.IdentityKey, clock *memory.Clock) {
		rs := servers.NewIdentityKeyFor(t, "rsa", jose.RS256)
		idp.Turn(rs)
		provider := newProvider(t, idp.URL, clock)
		ps := servers.IdentityKey{Name: rs.Name, Alg: jose.PS256, Private: rs.Private}
		wantRefused(t, provider, ps.Sign(t, "JWT", about(idp.URL, "ann", clock)))
		verified(t, provider, rs.Sign(t, "JWT", about(idp.URL, "ann", clock)))
	})

	run("need no name where a token gives none", func(t *testing.T, idp *servers.IdentityProvider, first servers.IdentityKey, clock *memory.Clock) {
		idp.Turn(servers.NewIdentityKeyFor(t, "second", jose.ES256), first)
		nameless := servers.IdentityKey{Alg: first.Alg, Private: first.Private}
		verified(t, newProvider(t, idp.URL, clock), nameless.Sign(t, "JWT", about(idp.URL, "ann", clock)))
	})

	t.Run("are left out when they are for something else, weak or of an unknown kind", func(t *testing.T) {
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

func TestProviderIsAway(t *testing.T) {
	t.Parallel()
	for how, leave := range map[string]func(*servers.Line){
		"stopped": (*servers.Line).Cut,
		"silent":  (*servers.Line).HalfOpen,
	} {
		t.Run(how+" before it was ever there", func(t *testing.T) {
			t.Parallel()
			key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
			idp := servers.OIDC(t, trust.Audience, key)
			leave(idp.Line)
			provider := newProvider(t, idp.URL, clock)
			token := key.Sign(t, "JWT", about(idp.URL, "ann", clock))
			start := time.Now()
			for range 100 {
				wantUnavailable(t, provider, token)
			}
			if err := provider.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("ping: %v, want ErrUnavailable", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("100 tokens took %s", took)
			}
			idp.Line.Restore()
			clock.Advance(askEach)
			if err := provider.Ping(t.Context()); err != nil {
				t.Errorf("ping when it is there: %v", err)
			}
			verified(t, provider, token)
		})

		t.Run(how+" later on", func(t *testing.T) {
			t.Parallel()
			key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
			idp := servers.OIDC(t, trust.Audience, key)
			provider := newProvider(t, idp.URL, clock)
			verified(t, provider, key.Sign(t, "JWT", about(idp.URL, "ann", clock)))
			leave(idp.Line)
			clock.Advance(freshFor)
			start := time.Now()
			for i := range 100 { // none of which it has seen before
				clock.Advance(askEach)
				verified(t, provider, key.Sign(t, "JWT", about(idp.URL, fmt.Sprint(i), clock)))
			}
			if err := provider.Ping(t.Context()); err != nil {
				t.Errorf("ping: %v", err)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("100 tokens took %s", took)
			}
			second := servers.NewIdentityKeyFor(t, "2", jose.ES256)
			idp.Turn(second)
			token := second.Sign(t, "JWT", about(idp.URL, "ann", clock))
			wantUnavailable(t, provider, token)
			idp.Line.Restore()
			clock.Advance(askEach)
			verified(t, provider, token)
		})
	}
}

func TestProviderIsNotBelieved(t *testing.T) {
	t.Parallel()
	key, clock := servers.NewIdentityKeyFor(t, "1", jose.ES256), newClock()
	keys := map[string]any{"keys": []any{jwk(t, key, nil)}}
	where := map[string]string{"issuer": "ISSUER", "jwks_uri": "ISSUER/keys"}
	const configuration = "/.well-known/openid-configuration"
	for what, documents := range map[string]map[string]any{
		"which describes nothing":               {"/keys": keys},
		"which describes another issuer":        {configuration: map[string]string{"issuer": "https://issuer.example", "jwks_uri": "ISSUER/keys"}, "/keys": keys},
		"which describes one much like it":      {configuration: map[string]string{"issuer": "ISSUER/", "jwks_uri": "ISSUER/keys"}, "/keys": keys},
		"which does not say where the keys are": {configuration: map[string]string{"issuer": "ISSUER"}, "/keys": keys},
		"which has no keys":                     {configuration: where, "/keys": map[string]any{"keys": []any{}}},
		"whose keys are no list":                {configuration: where, "/keys": []string{"keys"}},
		"whose only key is a secret":            {configuration: where, "/keys": map[string]any{"keys": []any{map[string]string{"kty": "oct", "k": "c2VjcmV0"}}}},
		"which never ends":                      {configuration: where, "/keys": map[string]any{"more": strings.Repeat("x", 2<<20), "keys": []any{jwk(t, key, nil)}}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			issuer := publish(t, documents)
			wantUnavailable(t, newProvider(t, issuer, clock), key.Sign(t, "JWT", about(issuer, "ann", clock)))
		})
	}
}

func TestNewProvider(t *testing.T) {
	t.Run("refuses what is no URL, without quoting it", func(t *testing.T) {
		for _, issuer := range []string{"", "issuer.example", "ftp://issuer.example", "https://", "https://ann:secret@issuer.example", "https://ann:secret@issuer example"} {
			if _, err := oidc.NewProvider(oidc.Trust{Issuer: issuer}, newClock()); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", issuer, err)
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
		t.Errorf("%v, want ErrUnauthenticated", err)
	}
}

func wantUnavailable(t *testing.T, tokens platform.Tokens, token string) {
	t.Helper()
	if _, err := tokens.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}

func wantAsked(t *testing.T, idp *servers.IdentityProvider, want int) {
	t.Helper()
	if got := idp.Asked(); got != want {
		t.Errorf("the provider was asked %d times for its keys, want %d", got, want)
	}
}

package oidc_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

var config = oidc.Config{
	Issuer: "https://portico.example", Audience: "portico",
	RolesClaim: "roles", OrganisationClaim: "org",
}

func newClock() *memory.Clock {
	return memory.NewClock(time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC))
}

func openIssuer(t *testing.T, keyFile string, config oidc.Config, c platform.Clock) *oidc.Issuer {
	t.Helper()
	issuer, err := oidc.OpenIssuer(keyFile, config, c)
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

func newActor(t *testing.T, email string, org actor.Organisation, roles ...actor.Role) actor.Actor {
	t.Helper()
	a, err := actor.New("ann", email, org, roles...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestIssuerVerifies(t *testing.T) {
	for _, test := range []struct {
		name   string
		config oidc.Config
	}{
		{"with the usual claim names", config},
		{"with other claim names", oidc.Config{
			Issuer: "https://portico.example", Audience: "portico",
			RolesClaim: "https://portico.example/roles", OrganisationClaim: "tenant",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := test.config
			contract.RunTokens(t, func(t *testing.T) contract.Tokens {
				t.Helper()
				keyFile, clock := filepath.Join(t.TempDir(), "issuer.pem"), newClock()
				issuer := openIssuer(t, keyFile, config, clock)
				key := readKey(t, keyFile)
				_, other, err := ed25519.GenerateKey(nil)
				if err != nil {
					t.Fatal(err)
				}
				return contract.Tokens{
					Tokens: issuer,
					Issuer: config.Issuer, Audience: config.Audience,
					RolesClaim: config.RolesClaim, OrganisationClaim: config.OrganisationClaim,
					Sign:      func(claims map[string]any) string { return sign(t, key, "at+jwt", claims) },
					Forge:     func(claims map[string]any) string { return sign(t, other, "at+jwt", claims) },
					PublicKey: key.Public(),
					Now:       clock.Now,
					Advance:   clock.Advance,
				}
			})
		})
	}
}

func TestIssue(t *testing.T) {
	t.Run("makes tokens that the issuer accepts", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), config, newClock())
		token := issue(t, issuer, newActor(t, "ann@example.com", "globe", "reader", "author", "editor"))
		a, err := issuer.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		wantActor(t, a, newActor(t, "ann@example.com", "globe", "reader", "author", "editor"))
	})

	t.Run("makes tokens with only the roles of the actor", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), config, newClock())
		a, err := issuer.Verify(t.Context(), issue(t, issuer, newActor(t, "", "globe", "editor")))
		if err != nil {
			t.Fatal(err)
		}
		wantActor(t, a, newActor(t, "", "globe", "editor"))
	})

	t.Run("makes no token for the anonymous actor", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), config, newClock())
		if token, err := issuer.Issue(actor.Anonymous, time.Hour); !errors.Is(err, actor.ErrAnonymous) || token != "" {
			t.Errorf("token %q, error %v, want ErrAnonymous", token, err)
		}
	})

	t.Run("makes tokens for at most 30 days", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), config, newClock())
		ann := newActor(t, "", "", "reader")
		if _, err := issuer.Issue(ann, 720*time.Hour); err != nil {
			t.Errorf("for 30 days: %v", err)
		}
		for _, ttl := range []time.Duration{720*time.Hour + 1, 0, -time.Hour} {
			if token, err := issuer.Issue(ann, ttl); err == nil || token != "" || !strings.Contains(err.Error(), "at most 720h0m0s") {
				t.Errorf("for %s: token %q, error %v, want one that gives the limit", ttl, token, err)
			}
		}
	})

	t.Run("makes tokens that the issuer accepts until 30 seconds after their expiry", func(t *testing.T) {
		clock := newClock()
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), config, clock)
		token := issue(t, issuer, newActor(t, "", "", "reader"))
		clock.Advance(time.Hour + 30*time.Second)
		if _, err := issuer.Verify(t.Context(), token); err != nil {
			t.Errorf("at the end: %v", err)
		}
		clock.Advance(time.Microsecond)
		if _, err := issuer.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnauthenticated) {
			t.Errorf("after the end: %v, want ErrUnauthenticated", err)
		}
	})
}

func TestIssuerRefuses(t *testing.T) {
	keyFile, clock := filepath.Join(t.TempDir(), "issuer.pem"), newClock()
	issuer := openIssuer(t, keyFile, config, clock)
	key := readKey(t, keyFile)
	claims := func(more map[string]any) map[string]any {
		c := map[string]any{"iss": config.Issuer, "aud": config.Audience, "sub": "ann", "exp": clock.Now().Add(time.Hour).Unix()}
		maps.Copy(c, more)
		return c
	}
	for _, test := range []struct{ name, token string }{
		{"another type of signed document", sign(t, key, "JWT", claims(nil))},
		{"a document without a type", sign(t, key, "", claims(nil))},
		{"a token that is too long", sign(t, key, "at+jwt", claims(map[string]any{"more": strings.Repeat("x", 8<<10)}))},
		{"an email that is not a string", sign(t, key, "at+jwt", claims(map[string]any{"email": 1}))},
		{"an organisation that is not a string", sign(t, key, "at+jwt", claims(map[string]any{"org": []string{"globe"}}))},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := issuer.Verify(t.Context(), test.token); !errors.Is(err, ports.ErrUnauthenticated) {
				t.Errorf("error %v, want ErrUnauthenticated", err)
			}
		})
	}
	if _, err := issuer.Verify(t.Context(), sign(t, key, "at+jwt", claims(nil))); err != nil {
		t.Errorf("a valid token: %v", err)
	}
}

func TestIssuerKey(t *testing.T) {
	t.Run("is the same for concurrent issuers and readable only by its owner", func(t *testing.T) {
		keyFile := filepath.Join(t.TempDir(), "data", "issuer.pem")
		issuers := make([]*oidc.Issuer, 20)
		clock := newClock()
		var wg sync.WaitGroup
		for i := range issuers {
			wg.Go(func() {
				issuer, err := oidc.OpenIssuer(keyFile, config, clock)
				if err != nil {
					t.Error(err)
				}
				issuers[i] = issuer
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		token := issue(t, issuers[0], newActor(t, "", "", "reader"))
		for i, issuer := range issuers {
			if _, err := issuer.Verify(t.Context(), token); err != nil {
				t.Errorf("issuer %d: error %v, want the same key", i, err)
			}
		}
		info, err := os.Stat(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the mode is %s, want 0600", info.Mode())
		}
		if files, err := os.ReadDir(filepath.Dir(keyFile)); err != nil || len(files) != 1 {
			t.Errorf("files %v, error %v, want the key alone", files, err)
		}
	})

	t.Run("is not replaced when its file is broken", func(t *testing.T) {
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(other)
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{
			"empty":              nil,
			"no PEM":             []byte("secret"),
			"no key":             pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}),
			"an ECDSA key":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
			"an unfinished file": []byte("-----BEGIN PRIVATE KEY-----\nsecret"),
		} {
			keyFile := filepath.Join(t.TempDir(), "issuer.pem")
			if err := os.WriteFile(keyFile, content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := oidc.OpenIssuer(keyFile, config, newClock())
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: error %v, want one without the content", name, err)
			}
			if after, err := os.ReadFile(keyFile); err != nil || string(after) != string(content) {
				t.Errorf("%s: the file is %q, %v, want it unchanged", name, after, err)
			}
		}
	})
}

func wantActor(t *testing.T, got, want actor.Actor) {
	t.Helper()
	if got.ID() != want.ID() || got.Email() != want.Email() || got.Organisation() != want.Organisation() || !slices.Equal(got.Roles(), want.Roles()) {
		t.Errorf("actor %+v, want %+v", got, want)
	}
}

func issue(t *testing.T, issuer *oidc.Issuer, a actor.Actor) string {
	t.Helper()
	token, err := issuer.Issue(a, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func sign(t *testing.T, key ed25519.PrivateKey, typ string, claims map[string]any) string {
	t.Helper()
	return servers.IdentityKey{Alg: jose.EdDSA, Private: key}.Sign(t, typ, claims)
}

// readKey reads the key without calling the package under test.
func readKey(t *testing.T, file string) ed25519.PrivateKey {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		t.Fatalf("the key is a %T, want Ed25519", key)
	}
	return private
}

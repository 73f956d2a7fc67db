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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

var trust = oidc.Trust{
	Issuer: "https://portico.example", Audience: "portico",
	RolesClaim: "roles", OrganisationClaim: "org",
}

func newClock() *memory.Clock {
	return memory.NewClock(time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC))
}

func openIssuer(t *testing.T, keyFile string, trust oidc.Trust, c platform.Clock) *oidc.Issuer {
	t.Helper()
	issuer, err := oidc.OpenIssuer(keyFile, trust, c)
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
	for name, trust := range map[string]oidc.Trust{
		"with the usual claims": trust,
		"with claims of other names": {
			Issuer: "https://portico.example", Audience: "portico",
			RolesClaim: "https://portico.example/roles", OrganisationClaim: "tenant",
		},
	} {
		t.Run(name, func(t *testing.T) {
			contract.RunTokens(t, func(t *testing.T) contract.Tokens {
				t.Helper()
				keyFile, clock := filepath.Join(t.TempDir(), "issuer.pem"), newClock()
				issuer := openIssuer(t, keyFile, trust, clock)
				key := readKey(t, keyFile)
				_, other, err := ed25519.GenerateKey(nil)
				if err != nil {
					t.Fatal(err)
				}
				return contract.Tokens{
					Tokens: issuer,
					Issuer: trust.Issuer, Audience: trust.Audience,
					RolesClaim: trust.RolesClaim, OrganisationClaim: trust.OrganisationClaim,
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
	t.Run("makes tokens that the issuer believes", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), trust, newClock())
		token := issue(t, issuer, newActor(t, "ann@example.com", "globe", role.Customer, role.Organiser, role.Door))
		a, err := issuer.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := role.AsCustomer(a); err != nil || c != (actor.Person{ID: "ann", Email: "ann@example.com"}) {
			t.Errorf("as a customer: %+v, %v", c, err)
		}
		staff := actor.Staff{ID: "ann", Organisation: "globe"}
		if s, err := role.AsOrganiser(a); err != nil || s != staff {
			t.Errorf("as an organiser: %+v, %v", s, err)
		}
		if s, err := role.AsDoor(a); err != nil || s != staff {
			t.Errorf("as door staff: %+v, %v", s, err)
		}
	})

	t.Run("gives no role that the actor has not", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), trust, newClock())
		a, err := issuer.Verify(t.Context(), issue(t, issuer, newActor(t, "", "globe", role.Door)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := role.AsCustomer(a); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("as a customer: %v, want ErrForbidden", err)
		}
		if _, err := role.AsOrganiser(a); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("as an organiser: %v, want ErrForbidden", err)
		}
	})

	t.Run("makes none for nobody", func(t *testing.T) {
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), trust, newClock())
		if token, err := issuer.Issue(actor.Anonymous, time.Hour); !errors.Is(err, actor.ErrAnonymous) || token != "" {
			t.Errorf("%q, %v, want ErrAnonymous", token, err)
		}
	})

	t.Run("makes tokens that end after the time to live and a leeway of 30 seconds", func(t *testing.T) {
		clock := newClock()
		issuer := openIssuer(t, filepath.Join(t.TempDir(), "issuer.pem"), trust, clock)
		token := issue(t, issuer, newActor(t, "", "", role.Customer))
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
	issuer := openIssuer(t, keyFile, trust, clock)
	key := readKey(t, keyFile)
	claims := func(more map[string]any) map[string]any {
		c := map[string]any{"iss": trust.Issuer, "aud": trust.Audience, "sub": "ann", "exp": clock.Now().Add(time.Hour).Unix()}
		maps.Copy(c, more)
		return c
	}
	for name, token := range map[string]string{
		"another type of signed text": sign(t, key, "JWT", claims(nil)),
		"a text without a type":       sign(t, key, "", claims(nil)),
		"more than it wants to read":  sign(t, key, "at+jwt", claims(map[string]any{"more": strings.Repeat("x", 8<<10)})),
		"an email that is no text":    sign(t, key, "at+jwt", claims(map[string]any{"email": 1})),
		"an organisation that is no text": sign(t, key, "at+jwt",
			claims(map[string]any{"org": []string{"globe"}})),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := issuer.Verify(t.Context(), token); !errors.Is(err, ports.ErrUnauthenticated) {
				t.Errorf("%v, want ErrUnauthenticated", err)
			}
		})
	}
	if _, err := issuer.Verify(t.Context(), sign(t, key, "at+jwt", claims(nil))); err != nil {
		t.Errorf("what the others were made from: %v", err)
	}
}

func TestIssuersKey(t *testing.T) {
	t.Run("is made once, whoever is first, for nobody else to read", func(t *testing.T) {
		keyFile := filepath.Join(t.TempDir(), "data", "issuer.pem")
		issuers := make([]*oidc.Issuer, 20)
		clock := newClock()
		var wg sync.WaitGroup
		for i := range issuers {
			wg.Go(func() {
				issuer, err := oidc.OpenIssuer(keyFile, trust, clock)
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
		token := issue(t, issuers[0], newActor(t, "", "", role.Customer))
		for i, issuer := range issuers {
			if _, err := issuer.Verify(t.Context(), token); err != nil {
				t.Errorf("issuer %d has another key: %v", i, err)
			}
		}
		info, err := os.Stat(keyFile)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the key's file is %s", info.Mode())
		}
		if files, err := os.ReadDir(filepath.Dir(keyFile)); err != nil || len(files) != 1 {
			t.Errorf("the folder holds %v, %v, want the key alone", files, err)
		}
	})

	t.Run("is neither guessed nor replaced when its file is broken", func(t *testing.T) {
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
			_, err := oidc.OpenIssuer(keyFile, trust, newClock())
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", name, err)
			}
			if after, err := os.ReadFile(keyFile); err != nil || string(after) != string(content) {
				t.Errorf("%s: the file has changed", name)
			}
		}
	})
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

// readKey takes the key from its file, as any other program could.
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
		t.Fatalf("it is a %T", key)
	}
	return private
}

package contract

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// TokenBench is a verifier, the issuer that it trusts, and their time.
type TokenBench struct {
	Tokens platform.Tokens
	// Issuer and Audience are what the verifier wants to see in a token;
	// RolesClaim and OrganisationClaim are where it looks.
	Issuer, Audience              string
	RolesClaim, OrganisationClaim string
	// Sign makes a token of exactly these claims, as the issuer does.
	Sign func(claims map[string]any) string
	// Forge does the same with a key of the same kind that is not the issuer's.
	Forge func(claims map[string]any) string
	// PublicKey is what everybody knows of the issuer's key.
	PublicKey crypto.PublicKey
	Now       func() time.Time
	Advance   func(time.Duration)
}

// RunTokens holds verifiers of tokens against the contract of platform.Tokens
// and the best practices of RFC 8725.
func RunTokens(t *testing.T, open func(t *testing.T) TokenBench) {
	run := func(name string, test func(t *testing.T, b TokenBench)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("tells who a customer is", func(t *testing.T, b TokenBench) {
		a := verify(t, b, b.with(claims{"sub": "ann", "email": "ann@example.com", b.RolesClaim: []string{"customer"}}))
		customer, err := role.AsCustomer(a)
		if err != nil || customer != (actor.Person{ID: "ann", Email: "ann@example.com"}) {
			t.Errorf("%+v, %v", customer, err)
		}
		_, err = role.AsOrganiser(a)
		wantError(t, err, actor.ErrForbidden)
	})

	run("tells for whom staff work", func(t *testing.T, b TokenBench) {
		want := actor.Staff{ID: "ann", Organisation: "globe"}
		organiser := verify(t, b, b.with(claims{b.RolesClaim: []string{"organiser"}, b.OrganisationClaim: "globe"}))
		if staff, err := role.AsOrganiser(organiser); err != nil || staff != want {
			t.Errorf("organiser: %+v, %v", staff, err)
		}
		_, err := role.AsDoor(organiser)
		wantError(t, err, actor.ErrForbidden)
		door := verify(t, b, b.with(claims{b.RolesClaim: []string{"door"}, b.OrganisationClaim: "globe"}))
		if staff, err := role.AsDoor(door); err != nil || staff != want {
			t.Errorf("door: %+v, %v", staff, err)
		}
	})

	run("takes several roles and leaves out unknown ones", func(t *testing.T, b TokenBench) {
		roles := []any{"admin", "customer", 7, "door", ""}
		a := verify(t, b, b.with(claims{b.RolesClaim: roles, b.OrganisationClaim: "globe"}))
		if _, err := role.AsCustomer(a); err != nil {
			t.Errorf("as a customer: %v", err)
		}
		if _, err := role.AsDoor(a); err != nil {
			t.Errorf("as door staff: %v", err)
		}
		_, err := role.AsOrganiser(a)
		wantError(t, err, actor.ErrForbidden)
	})

	run("knows somebody who has no role", func(t *testing.T, b TokenBench) {
		a := verify(t, b, b.with(claims{b.RolesClaim: nil}))
		if _, err := role.AsCustomer(a); a.ID() != "ann" || !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("%q as a customer: %v, want ErrForbidden", a.ID(), err)
		}
	})

	run("takes a token for several audiences", func(t *testing.T, b TokenBench) {
		verify(t, b, b.with(claims{"aud": []string{"another", b.Audience}}))
	})

	run("refuses a token that it has known, once it expires", func(t *testing.T, b TokenBench) {
		token := b.Sign(b.with(nil))
		for range 3 {
			_, err := b.Tokens.Verify(t.Context(), token)
			must(t, err)
		}
		b.Advance(time.Hour + beyondLeeway)
		refuse(t, b, "it", token)
	})

	run("refuses a token that differs from a known one in its signature", func(t *testing.T, b TokenBench) {
		token := b.Sign(b.with(nil))
		_, err := b.Tokens.Verify(t.Context(), token)
		must(t, err)
		refuse(t, b, "it", withSignature(token, flipped(signatureOf(t, token))))
	})

	run("refuses what is not meant for it, or not for now", func(t *testing.T, b TokenBench) {
		for what, changed := range map[string]claims{
			"expired":                   {"exp": b.Now().Add(-beyondLeeway).Unix()},
			"without an end":            {"exp": nil},
			"not valid yet":             {"nbf": b.Now().Add(beyondLeeway).Unix()},
			"issued in the future":      {"iat": b.Now().Add(beyondLeeway).Unix()},
			"by another issuer":         {"iss": "https://issuer.example.org"},
			"by an issuer like ours":    {"iss": b.Issuer + "/"},
			"by no issuer":              {"iss": nil},
			"for another audience":      {"aud": "another"},
			"for no audience":           {"aud": nil},
			"for an empty audience":     {"aud": []string{}},
			"about nobody":              {"sub": nil},
			"about an empty name":       {"sub": ""},
			"about a number":            {"sub": 42},
			"ending at no time at all":  {"exp": "tomorrow"},
			"with roles that are wrong": {b.RolesClaim: map[string]bool{"customer": true}},
		} {
			refuse(t, b, "a token "+what, b.Sign(b.with(changed)))
		}
	})

	run("refuses what the issuer has not signed", func(t *testing.T, b TokenBench) {
		token := b.Sign(b.with(nil))
		header, rest, _ := strings.Cut(token, ".")
		payload, signature, _ := strings.Cut(rest, ".")
		others, _, _ := strings.Cut(strings.TrimPrefix(b.Sign(b.with(claims{"sub": "bob"})), header+"."), ".")

		for what, forged := range map[string]string{
			"signed with another key":        b.Forge(b.with(nil)),
			"with a changed signature":       withSignature(token, flipped(signatureOf(t, token))),
			"with half a signature":          withSignature(token, signatureOf(t, token)[:16]),
			"with an empty signature":        header + "." + payload + ".",
			"with another token's claims":    header + "." + others + "." + signature,
			"with alg none":                  withAlgorithm(t, token, "none") + ".",
			"with alg None":                  withAlgorithm(t, token, "None") + ".",
			"with alg none and a signature":  withAlgorithm(t, token, "none") + "." + signature,
			"with no alg":                    withAlgorithm(t, token, "") + "." + signature,
			"that is empty":                  "",
			"that is garbage":                "garbage",
			"of three words":                 "not.a.token",
			"of dots":                        "..",
			"of two parts":                   header + "." + payload,
			"of four parts":                  token + "." + signature,
			"with something after it":        token + "=",
			"with a scheme before it":        "Bearer " + token,
			"with a space in it":             header + ". " + rest,
			"in the JSON form":               `{"protected":"` + header + `","payload":"` + payload + `","signature":"` + signature + `"}`,
			"of what is not UTF-8":           "\xff\xfe.\x00.\xff",
			"with a header that is not JSON": base64.RawURLEncoding.EncodeToString([]byte("{")) + "." + rest,
		} {
			refuse(t, b, "a token "+what, forged)
		}
	})

	run("refuses a token signed with the public key as a password", func(t *testing.T, b TokenBench) {
		der, err := x509.MarshalPKIXPublicKey(b.PublicKey)
		must(t, err)
		passwords := map[string][]byte{
			"in PEM":         pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
			"in DER":         der,
			"that is empty ": nil,
		}
		if raw, ok := b.PublicKey.(ed25519.PublicKey); ok {
			passwords["in raw bytes"] = raw
		}
		for form, password := range passwords {
			signed := withAlgorithm(t, b.Sign(b.with(nil)), "HS256")
			mac := hmac.New(sha256.New, password)
			mac.Write([]byte(signed))
			refuse(t, b, "with a key "+form, signed+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		}
	})
}

type claims = map[string]any

// beyondLeeway is more than any verifier forgives clocks that differ.
const beyondLeeway = 5 * time.Minute

// with are the claims of a good token that is valid for an hour, but for those
// that change; nil takes one away.
func (b TokenBench) with(changed claims) claims {
	c := claims{
		"iss": b.Issuer, "aud": b.Audience, "sub": "ann",
		"iat": b.Now().Unix(), "nbf": b.Now().Unix(), "exp": b.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(c, changed)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func verify(t *testing.T, b TokenBench, c claims) actor.Actor {
	t.Helper()
	a, err := b.Tokens.Verify(t.Context(), b.Sign(c))
	if err != nil {
		t.Fatalf("verify %v: %v", c, err)
	}
	return a
}

// refuse wants a token not to be believed, for a reason that does not quote it.
func refuse(t *testing.T, b TokenBench, what, token string) {
	t.Helper()
	a, err := b.Tokens.Verify(t.Context(), token)
	if !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("%s: %v, want ErrUnauthenticated", what, err)
		return
	}
	if a.ID() != "" {
		t.Errorf("%s: it is refused and all the same about %q", what, a.ID())
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("%s: the error quotes it: %v", what, err)
		}
	}
}

// withAlgorithm is a token's header, but for the algorithm, and its payload.
func withAlgorithm(t *testing.T, token, algorithm string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	must(t, err)
	var header map[string]any
	must(t, json.Unmarshal(text, &header))
	header["alg"] = algorithm
	text, err = json.Marshal(header)
	must(t, err)
	return base64.RawURLEncoding.EncodeToString(text) + "." + parts[1]
}

func signatureOf(t *testing.T, token string) []byte {
	t.Helper()
	signature, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndex(token, ".")+1:])
	must(t, err)
	return signature
}

func withSignature(token string, signature []byte) string {
	return token[:strings.LastIndex(token, ".")+1] + base64.RawURLEncoding.EncodeToString(signature)
}

func flipped(signature []byte) []byte {
	signature[len(signature)/2] ^= 1
	return signature
}

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
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Tokens holds a verifier, the issuer that it trusts, and their clock.
type Tokens struct {
	platform.Tokens
	// Issuer and Audience are the values that the verifier requires in a token.
	// RolesClaim and OrganisationClaim name the claims with the roles and the
	// organisation.
	Issuer, Audience              string
	RolesClaim, OrganisationClaim string
	// Sign makes a token with exactly the given claims and the issuer's signature.
	Sign func(claims map[string]any) string
	// Forge is like Sign, but signs with another key of the same type.
	Forge func(claims map[string]any) string
	// PublicKey is the issuer's public key.
	PublicKey crypto.PublicKey
	// Now reads the clock, and Advance moves it forward.
	Now     func() time.Time
	Advance func(time.Duration)
}

// The roles that the suite puts into tokens.
const (
	reader  actor.Role = "reader"
	editor  actor.Role = "editor"
	auditor actor.Role = "auditor"
)

// RunTokens checks a [platform.Tokens] against its contract and RFC 8725.
func RunTokens(t *testing.T, open func(t *testing.T) Tokens) {
	run := func(name string, test func(t *testing.T, tokens Tokens)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("returns the person that a token identifies", func(t *testing.T, tokens Tokens) {
		a := verify(t, tokens, tokens.with(claims{"sub": "ann", "email": "ann@example.com", tokens.RolesClaim: []actor.Role{reader}}))
		got, err := a.AsPerson(reader)
		testkit.Must(t, err)
		testkit.WantEqual(t, "person", got, actor.Person{ID: "ann", Email: "ann@example.com"})
		_, err = a.AsStaff(editor)
		testkit.WantError(t, err, actor.ErrForbidden)
	})

	run("returns the organisation that staff work for", func(t *testing.T, tokens Tokens) {
		for _, tt := range []struct{ has, lacks actor.Role }{{editor, auditor}, {auditor, editor}} {
			a := verify(t, tokens, tokens.with(claims{tokens.RolesClaim: []actor.Role{tt.has}, tokens.OrganisationClaim: "globe"}))
			got, err := a.AsStaff(tt.has)
			testkit.Must(t, err)
			testkit.WantEqual(t, "staff", got, actor.Staff{ID: "ann", Organisation: "globe"})
			_, err = a.AsStaff(tt.lacks)
			testkit.WantError(t, err, actor.ErrForbidden)
		}
	})

	run("accepts several roles and ignores unknown and invalid ones", func(t *testing.T, tokens Tokens) {
		roles := []any{"admin", reader, 7, auditor, ""}
		a := verify(t, tokens, tokens.with(claims{tokens.RolesClaim: roles, tokens.OrganisationClaim: "globe"}))
		_, err := a.AsPerson(reader)
		testkit.Must(t, err)
		_, err = a.AsStaff(auditor)
		testkit.Must(t, err)
		_, err = a.AsStaff(editor)
		testkit.WantError(t, err, actor.ErrForbidden)
	})

	run("accepts a token without roles", func(t *testing.T, tokens Tokens) {
		a := verify(t, tokens, tokens.with(claims{tokens.RolesClaim: nil}))
		testkit.WantEqual(t, "id", a.ID(), "ann")
		_, err := a.AsPerson(reader)
		testkit.WantError(t, err, actor.ErrForbidden)
	})

	run("accepts a subject and an organisation of 255 bytes", func(t *testing.T, tokens Tokens) {
		longest := strings.Repeat("x", 253) + "é"
		a := verify(t, tokens, tokens.with(claims{"sub": longest, tokens.OrganisationClaim: longest}))
		testkit.WantEqual(t, "id", a.ID(), actor.ID(longest))
		testkit.WantEqual(t, "organisation", a.Organisation(), actor.Organisation(longest))
	})

	run("returns at most 100 roles, and omits roles that are too long or have control characters", func(t *testing.T, tokens Tokens) {
		roles := []any{strings.Repeat("x", 256), "reader\x00", "rea\nder", "\xff"}
		var want []actor.Role
		for i := range 150 {
			role := actor.Role(fmt.Sprint("role-", i))
			roles, want = append(roles, role), append(want, role)
		}
		a := verify(t, tokens, tokens.with(claims{tokens.RolesClaim: roles}))
		testkit.WantEqual(t, "roles", fmt.Sprint(a.Roles()), fmt.Sprint(want[:100]))
	})

	run("returns a valid email address that the issuer verified", func(t *testing.T, tokens Tokens) {
		valid := "ann+portico@example.com"
		for _, tt := range []struct {
			name  string
			email any
			// verified is the claim email_verified.
			verified any
			want     string
		}{
			{"a valid address", valid, nil, valid},
			{"an address beyond ASCII", "åsa@bücher.example", nil, "åsa@bücher.example"},
			{"a verified address", valid, true, valid},
			{"an address verified by a string", valid, "true", valid},
			{"an address that is not verified", valid, false, ""},
			{"an address not verified by a string", valid, "false", ""},
			{"no address", nil, nil, ""},
			{"an empty address", "", nil, ""},
			{"a word", "ann", nil, ""},
			{"two addresses", "ann@example.com, bob@example.com", nil, ""},
			{"an address with a name", "Ann <ann@example.com>", nil, ""},
			{"an address in brackets", "<ann@example.com>", nil, ""},
			{"an address with a comment", "ann@example.com (Ann)", nil, ""},
			{"an address in spaces", " ann@example.com ", nil, ""},
			{"another header", "ann@example.com\r\nBcc: bob@example.com", nil, ""},
			{"a line break", "ann@example.com\n", nil, ""},
			{"a NUL", "ann\x00@example.com", nil, ""},
			{"a control character beyond ASCII", "ann\u0085@example.com", nil, ""},
			{"invalid UTF-8", "ann\xff@example.com", nil, ""},
			{"254 bytes", strings.Repeat("x", 242) + "@example.com", nil, strings.Repeat("x", 242) + "@example.com"},
			{"255 bytes", strings.Repeat("x", 243) + "@example.com", nil, ""},
		} {
			a := verify(t, tokens, tokens.with(claims{"email": tt.email, "email_verified": tt.verified}))
			testkit.WantEqual(t, tt.name, a.Email(), tt.want)
		}
	})

	run("accepts a token for several audiences", func(t *testing.T, tokens Tokens) {
		verify(t, tokens, tokens.with(claims{"aud": []string{"another", tokens.Audience}}))
	})

	run("refuses a previously accepted token after it expires", func(t *testing.T, tokens Tokens) {
		token := tokens.Sign(tokens.with(nil))
		for range 3 {
			_, err := tokens.Verify(t.Context(), token)
			testkit.Must(t, err)
		}
		tokens.Advance(time.Hour + beyondLeeway)
		wantRefused(t, tokens, "the token", token)
	})

	run("refuses a previously accepted token after its signature is changed", func(t *testing.T, tokens Tokens) {
		token := tokens.Sign(tokens.with(nil))
		_, err := tokens.Verify(t.Context(), token)
		testkit.Must(t, err)
		wantRefused(t, tokens, "the token", withSignature(token, flipped(signatureOf(t, token))))
	})

	run("refuses a token with invalid claims", func(t *testing.T, tokens Tokens) {
		for _, tt := range []struct {
			name    string
			changed claims
		}{
			{"expired", claims{"exp": tokens.Now().Add(-beyondLeeway).Unix()}},
			{"without exp", claims{"exp": nil}},
			{"not valid yet", claims{"nbf": tokens.Now().Add(beyondLeeway).Unix()}},
			{"issued in the future", claims{"iat": tokens.Now().Add(beyondLeeway).Unix()}},
			{"by another issuer", claims{"iss": "https://issuer.example.org"}},
			{"by an issuer whose name differs by a slash", claims{"iss": tokens.Issuer + "/"}},
			{"without an issuer", claims{"iss": nil}},
			{"for another audience", claims{"aud": "another"}},
			{"without an audience", claims{"aud": nil}},
			{"for an empty list of audiences", claims{"aud": []string{}}},
			{"without a subject", claims{"sub": nil}},
			{"with an empty subject", claims{"sub": ""}},
			{"with a number as its subject", claims{"sub": 42}},
			{"with a subject of 256 bytes", claims{"sub": strings.Repeat("x", 256)}},
			{"with a NUL in its subject", claims{"sub": "a\x00nn"}},
			{"with a line break in its subject", claims{"sub": "ann\n"}},
			{"with invalid UTF-8 in its subject", claims{"sub": "ann\xff"}},
			{"with an organisation of 256 bytes", claims{tokens.OrganisationClaim: strings.Repeat("x", 256)}},
			{"with a NUL in its organisation", claims{tokens.OrganisationClaim: "globe\x00"}},
			{"with a control character beyond ASCII in its organisation", claims{tokens.OrganisationClaim: "globe\u0085"}},
			{"with a word as exp", claims{"exp": "tomorrow"}},
			{"with an object as its roles", claims{tokens.RolesClaim: map[string]bool{"reader": true}}},
		} {
			wantRefused(t, tokens, "a token "+tt.name, tokens.Sign(tokens.with(tt.changed)))
		}
	})

	run("refuses a token that is malformed or not signed by the issuer", func(t *testing.T, tokens Tokens) {
		token := tokens.Sign(tokens.with(nil))
		header, rest, _ := strings.Cut(token, ".")
		payload, signature, _ := strings.Cut(rest, ".")
		others, _, _ := strings.Cut(strings.TrimPrefix(tokens.Sign(tokens.with(claims{"sub": "bob"})), header+"."), ".")

		for _, tt := range []struct{ name, token string }{
			{"signed with another key", tokens.Forge(tokens.with(nil))},
			{"with a changed signature", withSignature(token, flipped(signatureOf(t, token)))},
			{"with half a signature", withSignature(token, signatureOf(t, token)[:16])},
			{"with an empty signature", header + "." + payload + "."},
			{"with another token's claims", header + "." + others + "." + signature},
			{"with alg none", withAlgorithm(t, token, "none") + "."},
			{"with alg None", withAlgorithm(t, token, "None") + "."},
			{"with alg none and a signature", withAlgorithm(t, token, "none") + "." + signature},
			{"with an empty alg", withAlgorithm(t, token, "") + "." + signature},
			{"that is empty", ""},
			{"that is garbage", "garbage"},
			{"of three words", "not.a.token"},
			{"of dots", ".."},
			{"of two parts", header + "." + payload},
			{"of four parts", token + "." + signature},
			{"followed by padding", token + "="},
			{"with a scheme before it", "Bearer " + token},
			{"with a space in it", header + ". " + rest},
			{"in the JSON form", `{"protected":"` + header + `","payload":"` + payload + `","signature":"` + signature + `"}`},
			{"that is not UTF-8", "\xff\xfe.\x00.\xff"},
			{"with a header that is not JSON", base64.RawURLEncoding.EncodeToString([]byte("{")) + "." + rest},
		} {
			wantRefused(t, tokens, "a token "+tt.name, tt.token)
		}
	})

	run("refuses a token signed with the public key as an HMAC secret", func(t *testing.T, tokens Tokens) {
		der, err := x509.MarshalPKIXPublicKey(tokens.PublicKey)
		testkit.Must(t, err)
		type secret struct {
			form  string
			bytes []byte
		}
		secrets := []secret{
			{"in PEM", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})},
			{"in DER", der},
			{"that is empty", nil},
		}
		if raw, ok := tokens.PublicKey.(ed25519.PublicKey); ok {
			secrets = append(secrets, secret{"in raw bytes", raw})
		}
		for _, secret := range secrets {
			signed := withAlgorithm(t, tokens.Sign(tokens.with(nil)), "HS256")
			mac := hmac.New(sha256.New, secret.bytes)
			mac.Write([]byte(signed))
			wantRefused(t, tokens, "a secret "+secret.form, signed+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		}
	})
}

type claims = map[string]any

// beyondLeeway is more clock skew than any verifier tolerates.
const beyondLeeway = 5 * time.Minute

// with returns the claims of a token that is valid for an hour. The given claims override
// these; a nil value removes a claim.
func (tokens Tokens) with(changed claims) claims {
	c := claims{
		"iss": tokens.Issuer, "aud": tokens.Audience, "sub": "ann",
		"iat": tokens.Now().Unix(), "nbf": tokens.Now().Unix(), "exp": tokens.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(c, changed)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func verify(t *testing.T, tokens Tokens, c claims) actor.Actor {
	t.Helper()
	a, err := tokens.Verify(t.Context(), tokens.Sign(c))
	if err != nil {
		t.Fatalf("verify %v: %v", c, err)
	}
	return a
}

// wantRefused checks that Verify returns ErrUnauthenticated and does not quote the token
// in the error.
func wantRefused(t *testing.T, tokens Tokens, what, token string) {
	t.Helper()
	a, err := tokens.Verify(t.Context(), token)
	if !errors.Is(err, ports.ErrUnauthenticated) {
		t.Errorf("%s: got error %v, want %v", what, err, ports.ErrUnauthenticated)
		return
	}
	if a.ID() != "" {
		t.Errorf("%s: got actor %q beside the error, want none", what, a.ID())
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("%s: got an error that quotes the token: %v", what, err)
		}
	}
}

// withAlgorithm replaces a token's alg and removes its signature.
func withAlgorithm(t *testing.T, token, algorithm string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	testkit.Must(t, err)
	var header map[string]any
	testkit.Must(t, json.Unmarshal(text, &header))
	header["alg"] = algorithm
	text, err = json.Marshal(header)
	testkit.Must(t, err)
	return base64.RawURLEncoding.EncodeToString(text) + "." + parts[1]
}

func signatureOf(t *testing.T, token string) []byte {
	t.Helper()
	signature, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndex(token, ".")+1:])
	testkit.Must(t, err)
	return signature
}

func withSignature(token string, signature []byte) string {
	return token[:strings.LastIndex(token, ".")+1] + base64.RawURLEncoding.EncodeToString(signature)
}

func flipped(signature []byte) []byte {
	signature[len(signature)/2] ^= 1
	return signature
}

package harness

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"strings"
	"testing"
)

// Claims holds the claims of a token by name.
type Claims map[string]any

// Resign passes the token's claims to the function change and signs them with the key.
func Resign(t *testing.T, token string, key ed25519.PrivateKey, change func(Claims)) string {
	t.Helper()
	header, claims := decodeToken(t, token)
	change(claims)
	signed := encodePart(t, header) + "." + encodePart(t, claims)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(signed)))
}

// Forge returns the token, signed with an untrusted key.
func Forge(t *testing.T, token string) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return Resign(t, token, key, func(Claims) {})
}

// Unsign returns the token with alg "none" and no signature.
func Unsign(t *testing.T, token string) string {
	t.Helper()
	header, claims := decodeToken(t, token)
	header = maps.Clone(header)
	header["alg"] = "none"
	return encodePart(t, header) + "." + encodePart(t, claims) + "."
}

func decodeToken(t *testing.T, token string) (header, claims Claims) {
	t.Helper()
	parts := strings.Split(token, ".")
	for i, into := range []*Claims{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func encodePart(t *testing.T, part Claims) string {
	t.Helper()
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func readKey(t *testing.T, file string) ed25519.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s is not a PEM file", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(ed25519.PrivateKey)
}

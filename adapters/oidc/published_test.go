package oidc_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"example.com/portico/tests/integration/servers"
)

// jwk returns the public part of a key as a JSON Web Key. The map named change contains
// new values for members; nil removes a member.
func jwk(t *testing.T, key servers.IdentityKey, change map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key.Private.Public(), KeyID: key.Name, Algorithm: string(key.Alg), Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range change {
		if fields[name] = value; value == nil {
			delete(fields, name)
		}
	}
	return fields
}

// publish starts a provider that serves each document at its path. It replaces ISSUER in
// a document with the provider's URL.
func publish(t *testing.T, documents map[string]any) (issuer string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for path, document := range documents {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(string(text), "ISSUER", server.URL))
		})
	}
	return server.URL
}

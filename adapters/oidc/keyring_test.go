package oidc

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports"
)

func TestKeyring(t *testing.T) {
	const key = `{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	for _, test := range []struct {
		name   string
		keysAt func(secure, plain string) string
		want   error
	}{
		{"accepts keys over https", func(secure, _ string) string { return secure + "/keys" }, nil},
		{"refuses keys over http", func(_, plain string) string { return plain + "/keys" }, ports.ErrUnavailable},
		{"refuses keys with an error status", func(secure, _ string) string { return secure + "/gone" }, ports.ErrUnavailable},
		{"does not follow a redirect", func(secure, _ string) string { return secure + "/moved" }, ports.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			mux := http.NewServeMux()
			secure, plain := httptest.NewTLSServer(mux), httptest.NewServer(mux)
			defer secure.Close()
			defer plain.Close()
			mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, secure.URL, test.keysAt(secure.URL, plain.URL))
			})
			mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, key) })
			mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusGone)
				fmt.Fprint(w, key)
			})
			mux.Handle("/moved", http.RedirectHandler("/keys", http.StatusFound))

			ring := newKeyring(secure.URL, memory.NewClock(time.Now()))
			ring.http.Transport = secure.Client().Transport
			if err := ring.ready(t.Context()); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

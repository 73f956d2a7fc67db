package rest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"example.com/portico/adapters/rest"
	"example.com/portico/tests/resttest"
)

func TestRouting(t *testing.T) {
	srv := start(t, setup{})

	for _, path := range []string{"/", "/v1", "/v1/notes/", "/v1/note", "/v1//notes", notePath + "/x"} {
		t.Run("answers 404 for "+path, func(t *testing.T) {
			srv.Send(t, "GET", path, "").WantProblem(t, http.StatusNotFound, "not-found")
		})
	}

	t.Run("lists the methods of a path", func(t *testing.T) {
		for path, want := range map[string]string{
			"/v1/notes":           "GET, HEAD, POST",
			notePath:              "GET, HEAD",
			"/docs":               "GET, HEAD",
			"/v1/openapi.yaml":    "GET, HEAD",
			"/problems/not-found": "GET, HEAD",
		} {
			a := srv.Send(t, "DELETE", path, "", resttest.As("alice"))
			a.WantProblem(t, http.StatusMethodNotAllowed, "method-not-allowed")
			a.WantHeader(t, "Allow", want)
		}
	})

	t.Run("answers HEAD like GET, but without a body", func(t *testing.T) {
		get, head := srv.Send(t, "GET", notePath, ""), srv.Send(t, "HEAD", notePath, "")
		if head.Status != get.Status || len(head.Body) != 0 || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("got %d %v %s", head.Status, head.Header, head.Body)
		}
	})
}

func TestDocs(t *testing.T) {
	srv := start(t, setup{})
	for path, want := range map[string]string{
		"/v1/openapi.yaml":           "openapi: 3.",
		"/docs":                      "/v1/openapi.yaml",
		"/docs/swagger-ui-bundle.js": "SwaggerUIBundle",
	} {
		t.Run("are served at "+path, func(t *testing.T) {
			if a := srv.Send(t, "GET", path, ""); a.Status != http.StatusOK || !strings.Contains(string(a.Body), want) {
				t.Errorf("got status %d, want 200 with %q: %.200s", a.Status, want, a.Body)
			}
		})
	}
	t.Run("allow the page's inline script by its hash", func(t *testing.T) {
		a := srv.Send(t, "GET", "/docs", "")
		_, script, _ := strings.Cut(string(a.Body), "<script>")
		script, _, found := strings.Cut(script, "</script>")
		sum := sha256.Sum256([]byte(script))
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(a.Header.Get("Content-Security-Policy"), " "+hash) {
			t.Errorf("got the policy %s, want it to contain %s", a.Header.Get("Content-Security-Policy"), hash)
		}
	})
	t.Run("can be hidden", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{HideDocs: true}})
		for _, path := range []string{"/docs", "/docs/swagger-ui-bundle.js", "/v1/openapi.yaml"} {
			srv.Send(t, "GET", path, "").WantProblem(t, http.StatusNotFound, "not-found")
		}
		if a := srv.Send(t, "GET", "/problems", ""); a.Status != http.StatusOK {
			t.Errorf("got status %d for the problems, want 200", a.Status)
		}
	})
	t.Run("load nothing from a CDN", func(t *testing.T) {
		if a := srv.Send(t, "GET", "/docs", ""); strings.Contains(string(a.Body), "https://") && strings.Contains(string(a.Body), "cdn") {
			t.Errorf("got %s, want no links to other hosts", a.Body)
		}
	})
}

package rest_test

import (
	"net/http"
	"strings"
	"testing"

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
	t.Run("load nothing from a CDN", func(t *testing.T) {
		if a := srv.Send(t, "GET", "/docs", ""); strings.Contains(string(a.Body), "https://") && strings.Contains(string(a.Body), "cdn") {
			t.Errorf("got %s, want no links to other hosts", a.Body)
		}
	})
}

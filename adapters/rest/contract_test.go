package rest_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"example.com/portico/tests/resttest"
)

func TestContract(t *testing.T) {
	tests := []struct {
		name     string
		method   string // POST by default
		path     string
		body     string
		changes  []resttest.Change
		status   int
		slug     string
		pointers []string
	}{
		{
			name: "refuses invalid JSON", path: "/notes", body: `{"title":`,
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses data after the JSON document", path: "/notes", body: note + ` {}`,
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses a stray bracket after the JSON document", path: "/notes", body: note + `]`,
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses a missing body", path: "/notes", body: "",
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses unknown fields", path: "/notes", body: `{"title":"T","lines":[{"x/y":1,"size":1,"a~b":2}],"vip":true}`,
			status: 400, slug: "malformed-request", pointers: []string{"/lines/0/a~0b", "/lines/0/x~1y", "/vip"},
		},
		{
			name: "refuses a field name in the wrong case", path: "/notes", body: `{"title":"T","lines":[{}],"TITLE":"t"}`,
			status: 400, slug: "malformed-request", pointers: []string{"/TITLE"},
		},
		{
			name: "refuses a value of the wrong type", path: "/notes", body: `{"title":"T","lines":"one"}`,
			status: 400, slug: "malformed-request", pointers: []string{"/lines"},
		},
		{
			name: "refuses a body of the wrong type", path: "/notes", body: `[]`,
			status: 400, slug: "malformed-request", pointers: []string{""},
		},
		{
			name: "refuses null", path: "/notes", body: `{"title":null,"lines":[{}]}`,
			status: 400, slug: "malformed-request", pointers: []string{"/title"},
		},
		{
			name: "refuses a fraction for an integer", path: "/notes", body: `{"title":"T","lines":[{"size":1.5}]}`,
			status: 400, slug: "malformed-request", pointers: []string{"/lines/0/size"},
		},
		{
			name: "lists wrong shapes and invalid values together", path: "/notes", body: `{"title":1,"lines":[]}`,
			status: 400, slug: "malformed-request", pointers: []string{"/lines", "/title"},
		},
		{
			name: "refuses a missing header", path: "/notes", body: note, changes: []resttest.Change{func(r *http.Request) { r.Header.Del("Idempotency-Key") }},
			status: 400, slug: "malformed-request", pointers: []string{"/Idempotency-Key"},
		},
		{
			name: "refuses a parameter of the wrong type", method: "GET", path: "/notes?limit=ten",
			status: 400, slug: "malformed-request", pointers: []string{"/limit"},
		},
		{
			name: "refuses a content type other than JSON", path: "/notes", body: note, changes: []resttest.Change{func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "refuses a body without a content type", path: "/notes", body: note, changes: []resttest.Change{func(r *http.Request) { r.Header.Del("Content-Type") }},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "points to all invalid values", path: "/notes", body: `{"title":"T","due":"2031-02-31T20:00:00Z","lines":[]}`,
			status: 422, slug: "invalid", pointers: []string{"/due", "/lines"},
		},
		{
			name: "points to a missing field", path: "/notes", body: `{"title":"T"}`,
			status: 422, slug: "invalid", pointers: []string{"/lines"},
		},
		{
			name: "refuses a parameter out of range", method: "GET", path: "/notes?limit=101",
			status: 422, slug: "invalid", pointers: []string{"/limit"},
		},
	}
	srv := start(t, setup{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = "POST"
			}
			a := srv.Send(t, method, "/v1"+tt.path, tt.body, append([]resttest.Change{resttest.As("alice"), withKey}, tt.changes...)...)
			resttest.WantPointers(t, a.WantProblem(t, tt.status, tt.slug), tt.pointers...)
		})
	}

	t.Run("passes an accepted body to the handler", func(t *testing.T) {
		var got []byte
		srv := start(t, setup{addNote: func(w http.ResponseWriter, r *http.Request) (err error) {
			got, err = io.ReadAll(r.Body)
			w.WriteHeader(http.StatusCreated)
			return err
		}})
		a := srv.Send(t, "POST", "/v1/notes", note, resttest.As("alice"), withKey)
		if a.Status != http.StatusCreated || string(got) != note {
			t.Errorf("got status %d and the body %s, want 201 and %s", a.Status, got, note)
		}
	})

	t.Run("sets the default of a parameter", func(t *testing.T) {
		var got string
		srv := start(t, setup{listNotes: func(w http.ResponseWriter, r *http.Request) error {
			got = r.URL.Query().Get("limit")
			w.Header().Set("Content-Type", "application/json")
			_, err := io.WriteString(w, "[]")
			return err
		}})
		if srv.Send(t, "GET", "/v1/notes", "", resttest.As("alice")); got != "20" {
			t.Errorf("got limit %q, want 20", got)
		}
	})

	for name, body := range map[string]func() io.Reader{
		"refuses a body over 1 MiB":                    hugeBody,
		"refuses a body of undeclared size over 1 MiB": func() io.Reader { return io.MultiReader(hugeBody()) },
	} {
		t.Run(name, func(t *testing.T) {
			a := srv.Send(t, "POST", "/v1/notes", "{}", resttest.As("alice"), withKey, withBody(body))
			a.WantProblem(t, http.StatusRequestEntityTooLarge, "request-too-large")
		})
	}

	t.Run("keeps responses out of caches", func(t *testing.T) {
		srv.Send(t, "GET", notePath, "").WantHeader(t, "Cache-Control", "no-store")
	})
}

var huge = append([]byte(`{"title":"`), append(bytes.Repeat([]byte("x"), 1<<20), `"}`...)...)

func hugeBody() io.Reader { return bytes.NewReader(huge) }

func withBody(body func() io.Reader) resttest.Change {
	return func(r *http.Request) {
		other, _ := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body())
		r.Body, r.GetBody, r.ContentLength = other.Body, other.GetBody, other.ContentLength
	}
}

package rest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/portico/adapters/rest"
	"example.com/portico/tests/resttest"
	"example.com/portico/tests/testkit"
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
			name: "refuses a body in another encoding", path: "/notes", body: note, changes: []resttest.Change{func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-16") }},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "refuses a compressed body", path: "/notes", body: note, changes: []resttest.Change{resttest.Header("Content-Encoding", "gzip")},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "refuses a body that is not valid UTF-8", path: "/notes", body: `{"title":"` + "\xff" + `","lines":[{}]}`,
			status: 400, slug: "malformed-request",
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
		{
			name: "refuses a UUID in capitals", path: "/notes", body: `{"title":"T","parent":"01985E2A-77C4-7D3E-9B0A-5A4F6A1C9D10","lines":[{}]}`,
			status: 422, slug: "invalid", pointers: []string{"/parent"},
		},
		{
			name: "refuses a parameter that is not a UUID", method: "GET", path: "/notes?after=1",
			status: 422, slug: "invalid", pointers: []string{"/after"},
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

	t.Run("does not call the handler for a path with an invalid id", func(t *testing.T) {
		srv := start(t, setup{getNote: func(http.ResponseWriter, *http.Request) error {
			t.Error("the handler was called")
			return nil
		}})
		for _, id := range []string{
			"1", "01985E2A-77C4-7D3E-9B0A-5A4F6A1C9D10", "01985e2a77c47d3e9b0a5a4f6a1c9d10",
			"01985e2a-77c4-7d3e-9b0a-5a4f6a1c9d10:lease", "01985e2a-77c4-7d3e-9b0a-5a4f6a1c9d10%0A", "%00",
		} {
			srv.Send(t, "GET", "/v1/notes/"+id, "").WantProblem(t, http.StatusNotFound, "not-found")
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
		"refuses a body over the operation's limit":                    hugeBody,
		"refuses a body of undeclared size over the operation's limit": func() io.Reader { return io.MultiReader(hugeBody()) },
	} {
		t.Run(name, func(t *testing.T) {
			a := srv.Send(t, "POST", "/v1/notes", "{}", resttest.As("alice"), withKey, withBody(body))
			p := a.WantProblem(t, http.StatusRequestEntityTooLarge, "request-too-large")
			testkit.WantEqual(t, "detail", p.Detail, "The limit is 65536 bytes.")
		})
	}
}

// TestCostlyBodies sends bodies that could cause a large response.
func TestCostlyBodies(t *testing.T) {
	srv := start(t, setup{})
	for _, tt := range []struct {
		name   string
		body   string
		detail string
		errors int
	}{
		{"deep nesting", `{"lines":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "The body is nested too deeply.", 0},
		{"nesting that never ends", strings.Repeat(`{"a":`, 60), "The body is nested too deeply.", 0},
		{"many values", `{"lines":[` + strings.Repeat(`{},`, 9_999) + `{}]}`, "The body has too many values.", 0},
		{"many items of the wrong type", `{"title":"","lines":[` + strings.Repeat(`1,`, 5_000) + `1]}`, shapeDetail + moreErrors, 100},
		{"many unknown fields", `{"title":"","lines":[{` + unknownFields(2_000, "f") + `}]}`, shapeDetail + moreErrors, 100},
		{"many objects with unknown fields", `{"title":"","lines":[` + strings.Repeat(`{`+unknownFields(10, "f")+`},`, 150) + `{}]}`, shapeDetail + moreErrors, 100},
		{"long names", `{"title":"",` + unknownFields(10, strings.Repeat("<", 5_000)) + `}`, shapeDetail + moreErrors, 2},
		{"a long value", `{"title":"","due":"` + strings.Repeat(`\u0001`, 9_000) + `","lines":[{}]}`, "", 1},
	} {
		t.Run("answers "+tt.name+" with a short problem", func(t *testing.T) {
			a := srv.Send(t, "POST", "/v1/notes", tt.body, resttest.As("alice"), withKey)
			var p rest.Problem
			a.Decode(t, &p)
			if a.Status != http.StatusBadRequest && a.Status != http.StatusUnprocessableEntity || p.Detail != tt.detail || len(p.Errors) != tt.errors {
				t.Errorf("got status %d, %d errors and the detail %q, want %d and %q", a.Status, len(p.Errors), p.Detail, tt.errors, tt.detail)
			}
			if len(a.Body) > 64<<10 {
				t.Errorf("got %d bytes, want at most 64 KiB", len(a.Body))
			}
		})
	}

	t.Run("accepts a string with many brackets", func(t *testing.T) {
		body := `{"title":"\"` + strings.Repeat("[{,:", 5_000) + `","lines":[{}]}`
		if a := srv.Send(t, "POST", "/v1/notes", body, resttest.As("alice"), withKey); a.Status != http.StatusCreated {
			t.Errorf("got status %d, want 201: %s", a.Status, a.Body)
		}
	})
}

const (
	shapeDetail = "The request does not have the shape that the contract defines."
	moreErrors  = " There are more errors than are listed."
)

func unknownFields(n int, name string) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf("%q:1", name+strconv.Itoa(i))
	}
	return strings.Join(fields, ",")
}

func TestBodiesThatEndEarly(t *testing.T) {
	srv := start(t, setup{})
	ends := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF)))
		r.Header = http.Header{"Authorization": {"Bearer alice"}, "Content-Type": {"application/json"}, "Idempotency-Key": {"key-1"}}
		w := httptest.NewRecorder()
		srv.Config.Handler.ServeHTTP(w, r)
		return w
	}
	t.Run("are malformed if the operation has a body", func(t *testing.T) {
		if w := ends("POST", "/v1/notes", note); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "The body is incomplete.") {
			t.Errorf("got status %d, want 400: %s", w.Code, w.Body)
		}
	})
	t.Run("are ignored if the operation has none", func(t *testing.T) {
		for _, path := range []string{"/v1/notes", notePath} {
			if w := ends("GET", path, "x"); w.Code != http.StatusOK {
				t.Errorf("got status %d for %s, want 200: %s", w.Code, path, w.Body)
			}
		}
	})
	if errs := srv.Reported(); len(errs) > 0 {
		t.Errorf("the API reported %v, want no errors", errs)
	}
}

func TestBodiesAreReadUpToTheLimit(t *testing.T) {
	srv := start(t, setup{})
	for _, tt := range []struct {
		method, path string
		limit        int64
	}{
		{"POST", "/v1/notes", 65_536},
		{"GET", "/v1/notes", 0},
		{"GET", notePath, 0},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			body := bytes.NewReader(huge)
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, body)
			r.Header = http.Header{"Authorization": {"Bearer alice"}, "Content-Type": {"application/json"}, "Idempotency-Key": {"key-1"}}
			srv.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
			if read := body.Size() - int64(body.Len()); read > tt.limit+1 {
				t.Errorf("%d bytes were read, want at most %d", read, tt.limit+1)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	srv := start(t, setup{})
	t.Run("are checked before the body is read", func(t *testing.T) {
		body, _ := io.Pipe() // never returns a byte
		defer body.Close()
		a := srv.Send(t, "POST", "/v1/notes", "{}", resttest.As("bob"), withKey, withBody(func() io.Reader { return body }))
		a.WantProblem(t, http.StatusForbidden, "forbidden")
	})
	t.Run("are not checked for an operation without x-roles", func(t *testing.T) {
		if a := srv.Send(t, "GET", notePath, "", resttest.As("bob")); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
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

// Package resttest calls an API in tests and checks its responses.
package resttest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Server serves an API over HTTP.
type Server struct {
	*httptest.Server
	contract routers.Router

	mu      sync.Mutex
	reports []error
}

// Start serves the handler that the function build returns. Responses must conform to
// the OpenAPI document.
func Start(t *testing.T, document []byte, build func(ports.ErrorReporter) http.Handler) *Server {
	t.Helper()
	contract, err := load(string(document))
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{contract: contract}
	s.Server = httptest.NewServer(build(func(_ context.Context, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reports = append(s.reports, err)
	}))
	t.Cleanup(s.Close)
	return s
}

var loaded sync.Map // caches routers by document, because loading is slow

func load(document string) (routers.Router, error) {
	if contract, ok := loaded.Load(document); ok {
		return contract.(routers.Router), nil
	}
	spec, err := openapi3.NewLoader().LoadFromData([]byte(document))
	if err != nil {
		return nil, err
	}
	contract, err := gorillamux.NewRouter(spec)
	if err == nil {
		loaded.Store(document, contract)
	}
	return contract, err
}

// Reported returns the errors that the API reported.
func (s *Server) Reported() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reports)
}

// Change modifies a request before it is sent.
type Change func(*http.Request)

// Header adds a header.
func Header(name, value string) Change {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// As adds a bearer token.
func As(token string) Change { return Header("Authorization", "Bearer "+token) }

// Send sends a request and checks that the response conforms to the OpenAPI document. It
// sends body as JSON.
func (s *Server) Send(t *testing.T, method, path, body string, changes ...Change) Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, change := range changes {
		change(req)
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := Response{Status: resp.StatusCode, Header: resp.Header, Body: read}
	if resp.Header.Get("Content-Encoding") == "" {
		s.wantConforming(t, req, r)
	}
	return r
}

func (s *Server) wantConforming(t *testing.T, req *http.Request, r Response) {
	t.Helper()
	relative := req.Clone(t.Context())
	relative.URL.Scheme, relative.URL.Host, relative.Host = "", "", ""
	route, params, err := s.contract.FindRoute(relative)
	if err != nil {
		return // not an operation of the document
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: relative, PathParams: params, Route: route},
		Status:                 r.Status,
		Header:                 r.Header,
		Body:                   io.NopCloser(bytes.NewReader(r.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %s: the response violates the document: %v", req.Method, req.URL.Path, err)
	}
}

// Response is a response whose body has been read.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// WantProblem checks that the response is a problem with the given status and type, and
// returns the problem.
func (r Response) WantProblem(t *testing.T, status int, slug string) rest.Problem {
	t.Helper()
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("got status %d with content type %q, want a problem: %s", r.Status, got, r.Body)
	}
	var p rest.Problem
	r.Decode(t, &p)
	if p.Status != r.Status {
		t.Errorf("got status %d in the problem, want %d as in the response", p.Status, r.Status)
	}
	if r.Status != status || p.Type != "/problems/"+slug {
		t.Fatalf("got %d %s, want %d %s: %s", r.Status, p.Type, status, slug, r.Body)
	}
	return p
}

// WantHeader checks the values of a header, joined by commas.
func (r Response) WantHeader(t *testing.T, name, want string) {
	t.Helper()
	if got := strings.Join(r.Header.Values(name), ", "); got != want {
		t.Errorf("got %s %q, want %q", name, got, want)
	}
}

// Decode parses the body as JSON.
func (r Response) Decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, into); err != nil {
		t.Fatalf("status %d, body %s: %v", r.Status, r.Body, err)
	}
}

// WantPointers checks the pointers of a problem's errors.
func WantPointers(t *testing.T, p rest.Problem, want ...string) {
	t.Helper()
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Pointer)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got errors at %q, want %q: %+v", got, want, p.Errors)
	}
}

// Tokens maps valid tokens to actors. The token "unavailable" causes
// ports.ErrUnavailable.
type Tokens map[string]actor.Actor

// Verify implements [platform.Tokens].
func (k Tokens) Verify(_ context.Context, token string) (actor.Actor, error) {
	if token == "unavailable" {
		return actor.Actor{}, ports.ErrUnavailable
	}
	a, ok := k[token]
	if !ok {
		return actor.Actor{}, ports.ErrUnauthenticated
	}
	return a, nil
}

// Limiter decides by key and ignores the rate.
type Limiter func(key string) (platform.RateDecision, error)

// Allow implements [platform.RateLimiter].
func (f Limiter) Allow(_ context.Context, key string, _ platform.Rate) (platform.RateDecision, error) {
	return f(key)
}

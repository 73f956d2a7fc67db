package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"example.com/portico/adapters/rest"
	"example.com/portico/api"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// does is a use case that is one function.
type does[C, R any] func(context.Context, C) (R, error)

func (f does[C, R]) Handle(ctx context.Context, command C) (R, error) { return f(ctx, command) }

// answers is a use case that always answers the same.
func answers[C, R any](result R, err error) does[C, R] {
	return func(context.Context, C) (R, error) { return result, err }
}

// knownTokens believes the names of actors.
type knownTokens map[string]actor.Actor

func (k knownTokens) Verify(_ context.Context, token string) (actor.Actor, error) {
	if token == "tok-down" {
		return actor.Actor{}, ports.ErrUnavailable
	}
	a, ok := k[token]
	if !ok {
		return actor.Actor{}, ports.ErrUnauthenticated
	}
	return a, nil
}

// verdicts is a rate limiter that is one function of the key.
type verdicts func(key string) (platform.RateDecision, error)

func (f verdicts) Allow(_ context.Context, key string, _ platform.Rate) (platform.RateDecision, error) {
	return f(key)
}

// server is the API over HTTP, with what it reported.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	reports []error
}

type setup struct {
	do      inbound.UseCases
	config  rest.Config
	limiter platform.RateLimiter
	outside func(http.Handler) http.Handler // put around the API
}

func start(t *testing.T, s setup) *server {
	t.Helper()
	alice, err := actor.New("alice", "alice@example.com", "", role.Customer)
	if err != nil {
		t.Fatal(err)
	}
	srv := &server{}
	handler := rest.New(s.do, knownTokens{"alice": alice}, s.limiter, s.config, func(_ context.Context, err error) {
		srv.mu.Lock()
		defer srv.mu.Unlock()
		srv.reports = append(srv.reports, err)
	})
	if s.outside != nil {
		handler = s.outside(handler)
	}
	srv.Server = httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv
}

// reported are the errors that the API told the operator of.
func (s *server) reported() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error(nil), s.reports...)
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) problem(t *testing.T) rest.Problem {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d is no problem but %s: %s", a.status, got, a.body)
	}
	var p rest.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != a.status {
		t.Errorf("the problem says %d, the response %d", p.Status, a.status)
	}
	return p
}

// refused fails the test unless the answer is a problem of that kind.
func (a answer) refused(t *testing.T, status int, slug string) rest.Problem {
	t.Helper()
	p := a.problem(t)
	if a.status != status || p.Type != "/problems/"+slug {
		t.Fatalf("got %d %s, want %d %s: %s", a.status, p.Type, status, slug, a.body)
	}
	return p
}

// change is something about a request that differs from the plain one.
type change func(*http.Request)

func header(name, value string) change {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func as(token string) change { return header("Authorization", "Bearer "+token) }

// send makes a request and holds the answer to the contract. A body is JSON.
func (s *server) send(t *testing.T, method, path, body string, changes ...change) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, c := range changes {
		c(req)
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
	a := answer{status: resp.StatusCode, header: resp.Header, body: read}
	if resp.Header.Get("Content-Encoding") == "" {
		keepsContract(t, req, a)
	}
	return a
}

var contract = sync.OnceValues(func() (routers.Router, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.OpenAPI)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

func keepsContract(t *testing.T, req *http.Request, a answer) {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	relative := req.Clone(t.Context())
	relative.URL.Scheme, relative.URL.Host, relative.Host = "", "", ""
	route, params, err := router.FindRoute(relative)
	if err != nil {
		return // not an operation of the contract
	}
	input := &openapi3filter.RequestValidationInput{Request: relative, PathParams: params, Route: route}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 a.status,
		Header:                 a.header,
		Body:                   io.NopCloser(bytes.NewReader(a.body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %s: the answer breaks the contract: %v", req.Method, req.URL.Path, err)
	}
}

const newBooking = `{"showId": "01985e2a", "seats": ["A-1"]}`

var withKey = header("Idempotency-Key", "key-1")

// aShow is a house with seats enough that its map is worth compressing.
func aShow(t *testing.T) *show.Show {
	t.Helper()
	sh, err := show.New("01985e2a", actor.Staff{ID: "olga", Organisation: "globe"}, show.Spec{
		Title: "The Tempest", Venue: "Globe", StartsAt: noon.AddDate(1, 0, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
		Rows:  []show.Row{{Name: "A", Seats: 50, Tier: "stalls"}},
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.Open(noon); err != nil {
		t.Fatal(err)
	}
	return sh
}

func aBooking(t *testing.T) *booking.Booking {
	t.Helper()
	b, err := booking.Hold("01985e2b", aShow(t), actor.Person{ID: "alice"}, []show.Label{"A-1"}, noon, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var noon = time.Date(2030, 1, 15, 12, 0, 0, 0, time.UTC)

// holding is a box office that holds whatever seats are asked for.
func holding(t *testing.T) inbound.UseCases {
	t.Helper()
	return inbound.UseCases{HoldSeats: answers[inbound.HoldSeats](aBooking(t), nil)}
}

// showing is a box office with one show.
func showing(t *testing.T) inbound.UseCases {
	t.Helper()
	sh := aShow(t)
	m, err := booking.NewSeatMap(sh, booking.Claims{"A-1": booking.StatusConfirmed, "A-2": booking.StatusHeld})
	if err != nil {
		t.Fatal(err)
	}
	return inbound.UseCases{
		GetShow:    answers[inbound.GetShow](sh, nil),
		GetSeatMap: answers[inbound.GetSeatMap](m, nil),
		ListShows:  answers[inbound.ListShows](ports.Page[*show.Show]{Items: []*show.Show{sh}}, nil),
	}
}

// failing is a box office whose shows cannot be read for that reason.
func failing(err error) inbound.UseCases {
	return inbound.UseCases{GetShow: answers[inbound.GetShow]((*show.Show)(nil), err)}
}

const aShowPath = "/api/v1/shows/01985e2a"

func wantHeader(t *testing.T, a answer, name, want string) {
	t.Helper()
	if got := strings.Join(a.header.Values(name), ", "); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func wantPointers(t *testing.T, p rest.Problem, want ...string) {
	t.Helper()
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Pointer)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("errors point to %q, want %q: %+v", got, want, p.Errors)
	}
}

func decode(t *testing.T, a answer, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

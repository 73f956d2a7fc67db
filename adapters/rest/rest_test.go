package rest_test

import (
	_ "embed"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/resttest"
)

//go:embed testdata/notes.yaml
var document []byte

const (
	notePath = "/v1/notes/01985e2a-77c4-7d3e-9b0a-5a4f6a1c9d10"
	note     = `{"title": "Plan", "lines": [{"text": "one"}]}`
)

var withKey = resttest.Header("Idempotency-Key", "key-1")

type handler func(http.ResponseWriter, *http.Request) error

// setup configures the notes API. Operations without a handler succeed.
type setup struct {
	addNote, listNotes, getNote handler
	config                      rest.Config
	limiter                     platform.RateLimiter
	outside                     func(http.Handler) http.Handler // middleware around the API
}

// errFull is an error for which the service defines its own problem type.
var errFull = errors.New("the notebook is full")

func start(t *testing.T, s setup) *resttest.Server {
	t.Helper()
	alice, err := actor.New("alice", "alice@example.com", "", "writer")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := actor.New("bob", "bob@example.com", "", "reader")
	if err != nil {
		t.Fatal(err)
	}
	orDefault := func(h handler, status int, body string) handler {
		if h != nil {
			return h
		}
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, err := io.WriteString(w, body)
			return err
		}
	}
	return resttest.Start(t, document, func(report ports.ErrorReporter) http.Handler {
		api := rest.New(rest.API{
			Title:    "Notes",
			Document: document,
			BasePath: "/v1",
			ProblemTypes: []rest.ProblemType{{
				Slug: "full", Status: http.StatusConflict, Title: "Full", Description: "Remove a note.",
				Match: func(err error, p *rest.Problem) bool {
					p.Extensions = map[string]any{"capacity": 2}
					return errors.Is(err, errFull)
				},
			}},
			Mount: func(router *mux.Router, fail rest.FailFunc) {
				handle := func(method, path string, h handler) {
					router.HandleFunc("/v1"+path, func(w http.ResponseWriter, r *http.Request) {
						if err := h(w, r); err != nil {
							fail(w, r, err)
						}
					}).Methods(method)
				}
				handle(http.MethodPost, "/notes", orDefault(s.addNote, http.StatusCreated, note))
				handle(http.MethodGet, "/notes", orDefault(s.listNotes, http.StatusOK, `["`+strings.Repeat("note ", 1000)+`"]`))
				handle(http.MethodGet, "/notes/{id}", orDefault(s.getNote, http.StatusOK, note))
			},
		}, s.config, resttest.Tokens{"alice": alice, "bob": bob}, s.limiter, report)
		if s.outside != nil {
			api = s.outside(api)
		}
		return api
	})
}

func failing(err error) handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/adapters/rest"
	"example.com/portico/ports"
	"example.com/portico/tests/resttest"
)

func TestObserve(t *testing.T) {
	observed := make(chan accesslog.Entry, 1)
	var correlation string
	srv := start(t, setup{
		config: rest.Config{Observe: func(ctx context.Context, r accesslog.Entry) {
			correlation = ports.CorrelationID(ctx)
			observed <- r
		}},
		addNote: func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusInternalServerError) // too late
			_, err := io.WriteString(w, "begun")
			return errors.Join(err, http.NewResponseController(w).Flush())
		},
		listNotes: func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusEarlyHints)
			return ports.ErrNotFound
		},
		getNote: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/json")
			_, err := io.WriteString(w, note)
			return err
		},
	})
	for _, tt := range []struct {
		method, path, route string
		status              int
		bytes               int64
	}{
		{"POST", "/v1/notes", "POST /v1/notes", 201, 5},
		{"GET", notePath, "GET /v1/notes/{id}", 200, int64(len(note))},
		{"HEAD", notePath, "GET /v1/notes/{id}", 200, int64(len(note))},
		{"GET", "/v1/notes", "GET /v1/notes", 404, -1},
		{"FETCH", "/nowhere", "", 404, -1},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			body := ""
			if tt.method == "POST" {
				body = note
			}
			srv.Send(t, tt.method, tt.path+"?token=secret", body, resttest.As("alice"), withKey, resttest.Header("X-Request-ID", "request-7"))
			got := <-observed
			if got.Route != tt.route || got.Path != tt.path || got.Status != tt.status || tt.bytes >= 0 && got.Bytes != tt.bytes {
				t.Errorf("got %+v, want %+v", got, tt)
			}
			if got.Duration <= 0 || got.RemoteAddr == "" || got.Aborted || correlation != "request-7" {
				t.Errorf("got %+v with correlation id %q", got, correlation)
			}
		})
	}
}

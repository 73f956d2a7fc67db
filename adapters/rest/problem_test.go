package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/adapters/rest"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/invalid"
	"example.com/portico/ports"
	"example.com/portico/tests/resttest"
)

func TestErrorHandling(t *testing.T) {
	tests := []struct {
		err    error
		status int
		slug   string
		says   string // text that the problem contains
	}{
		{actor.ErrAnonymous, 401, "unauthenticated", ""},
		{actor.ErrForbidden, 403, "forbidden", ""},
		{ports.ErrNotFound, 404, "not-found", ""},
		{errFull, 409, "full", `"capacity":2`},
		{rest.BadRequest("Wrong."), 400, "malformed-request", `"detail":"Wrong."`},
		{&invalid.Error{Problems: []invalid.Problem{{Field: "lines/0/size", Detail: "too much"}}}, 422, "invalid", `"pointer":"/lines/0/size"`},
		{ports.ErrIdempotencyKeyReused, 422, "idempotency-key-reused", ""},
		{ports.ErrUnavailable, 503, "unavailable", ""},
		{context.DeadlineExceeded, 503, "unavailable", ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("answers %v with %s", tt.err, tt.slug), func(t *testing.T) {
			srv := start(t, setup{addNote: failing(fmt.Errorf("wrapped: %w", tt.err))})
			a := srv.Send(t, "POST", "/v1/notes", note, resttest.As("alice"), withKey)
			p := a.WantProblem(t, tt.status, tt.slug)
			if !strings.Contains(string(a.Body), tt.says) {
				t.Errorf("got %s, want it to contain %s", a.Body, tt.says)
			}
			if want := "/v1/notes#" + a.Header.Get("X-Request-ID"); p.Instance != want {
				t.Errorf("got instance %s, want %s", p.Instance, want)
			}
			if (a.Header.Get("Retry-After") != "") != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("got Retry-After %q for status %d", a.Header.Get("Retry-After"), tt.status)
			}
			if page := srv.Send(t, "GET", p.Type, ""); page.Status != http.StatusOK || !strings.Contains(string(page.Body), p.Title) {
				t.Errorf("got status %d for %s, want a page with %q: %s", page.Status, p.Type, p.Title, page.Body)
			}
			if reports := srv.Reported(); len(reports) != 0 {
				t.Errorf("got reports %v, want none", reports)
			}
		})
	}

	t.Run("shortens details that quote a long request", func(t *testing.T) {
		long := strings.Repeat("<", 100_000)
		wrong := &invalid.Error{Problems: []invalid.Problem{{Field: "lines/0/text", Detail: long}}}
		for slug, err := range map[string]error{"malformed-request": rest.BadRequest(long), "invalid": wrong} {
			a := start(t, setup{addNote: failing(err)}).Send(t, "POST", "/v1/notes", note, resttest.As("alice"), withKey)
			var p rest.Problem
			a.Decode(t, &p)
			if p.Type != "/problems/"+slug || !strings.Contains(string(a.Body), "…") || len(a.Body) > 8<<10 {
				t.Errorf("got %d bytes of %s, want a shortened detail of %s: %.300s", len(a.Body), p.Type, slug, a.Body)
			}
		}
	})

	t.Run("hides an unexpected error from the client and reports it once", func(t *testing.T) {
		srv := start(t, setup{getNote: failing(errors.New("secret of the database"))})
		a := srv.Send(t, "GET", notePath, "")
		a.WantProblem(t, http.StatusInternalServerError, "internal")
		if strings.Contains(string(a.Body), "secret") {
			t.Errorf("got %s, want no text of the error", a.Body)
		}
		if reports := srv.Reported(); len(reports) != 1 || reports[0].Error() != "secret of the database" {
			t.Errorf("got reports %v, want the error once", reports)
		}
	})

	t.Run("turns a panic into an error", func(t *testing.T) {
		srv := start(t, setup{getNote: func(http.ResponseWriter, *http.Request) error { panic("out of paper") }})
		srv.Send(t, "GET", notePath, "").WantProblem(t, http.StatusInternalServerError, "internal")
		if reports := srv.Reported(); len(reports) != 1 || !strings.Contains(reports[0].Error(), "out of paper") {
			t.Errorf("got reports %v, want the panic once", reports)
		}
	})

	t.Run("does not report that the client has disconnected", func(t *testing.T) {
		entered, left := make(chan struct{}), make(chan struct{})
		observed := make(chan accesslog.Entry, 1)
		srv := start(t, setup{
			config: rest.Config{Observe: func(_ context.Context, r accesslog.Entry) { observed <- r }},
			getNote: func(_ http.ResponseWriter, r *http.Request) error {
				close(entered)
				<-r.Context().Done()
				defer close(left)
				return r.Context().Err()
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+notePath, nil)
		go func() { <-entered; cancel() }()
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Fatal("the request was answered")
		}
		<-left
		srv.Close()
		if reports := srv.Reported(); len(reports) != 0 {
			t.Errorf("got reports %v, want none", reports)
		}
		if got := <-observed; got.Status != 499 {
			t.Errorf("got status %d observed, want 499", got.Status)
		}
	})

	for _, compressed := range []bool{false, true} {
		t.Run(fmt.Sprintf("aborts a response that cannot be completed (compression %t)", compressed), func(t *testing.T) {
			observed := make(chan accesslog.Entry, 1)
			srv := start(t, setup{
				config: rest.Config{
					Compress: compressed,
					Observe:  func(_ context.Context, r accesslog.Entry) { observed <- r },
				},
				getNote: func(w http.ResponseWriter, _ *http.Request) error {
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, `{"title":`)
					return errDisk
				},
			})
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+notePath, nil)
			resp, err := http.DefaultClient.Do(req)
			if err == nil {
				defer resp.Body.Close()
				_, err = io.ReadAll(resp.Body)
			}
			if err == nil {
				t.Error("the client took half a response for a whole one")
			}
			if reports := srv.Reported(); len(reports) != 1 || !errors.Is(reports[0], errDisk) {
				t.Errorf("got reports %v, want %v once", reports, errDisk)
			}
			got := <-observed
			if !got.Aborted || got.Status != http.StatusOK {
				t.Errorf("got %+v observed, want it aborted with status 200", got)
			}
			if want := int64(len(`{"title":`)); !compressed && got.Bytes != want {
				t.Errorf("got %d bytes observed, want %d", got.Bytes, want)
			}
		})
	}

	t.Run("lists all problem types by status", func(t *testing.T) {
		page := string(start(t, setup{}).Send(t, "GET", "/problems", "").Body)
		for _, slug := range []string{
			"malformed-request", "unauthenticated", "forbidden", "not-found", "method-not-allowed", "full", "request-too-large",
			"unsupported-media-type", "invalid", "idempotency-key-reused", "rate-limited", "internal", "unavailable",
		} {
			_, rest, found := strings.Cut(page, `"/problems/`+slug+`"`)
			if !found {
				t.Fatalf("%s is missing or out of order", slug)
			}
			page = rest
		}
	})

	t.Run("does not describe an unknown type", func(t *testing.T) {
		start(t, setup{}).Send(t, "GET", "/problems/bad-luck", "").WantProblem(t, http.StatusNotFound, "not-found")
	})
}

var errDisk = errors.New("the disk is gone")

func TestProblemMembers(t *testing.T) {
	srv := start(t, setup{addNote: failing(errFull)})
	a := srv.Send(t, "POST", "/v1/notes", note, resttest.As("alice"), withKey, resttest.Header("X-Request-ID", "request-7"))
	want := `{"capacity":2,"instance":"/v1/notes#request-7","status":409,"title":"Full","type":"/problems/full"}` + "\n"
	if string(a.Body) != want {
		t.Errorf("got %s, want %s", a.Body, want)
	}
}

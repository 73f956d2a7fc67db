package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"example.com/portico/ports"
)

// kind is one sort of problem (RFC 9457). It is explained at /problems/SLUG.
type kind struct {
	slug   string
	status int
	title  string
	// means is the explanation, for somebody who writes a client.
	means string
	// of tells whether an error is of this kind, and adds to the problem what
	// the error carries. It is nil for internal.
	of func(err error, p *Problem) bool
}

// internal is the kind of every error that no other kind knows.
var internal = kind{
	slug: "internal", status: http.StatusInternalServerError, title: "Internal error",
	means: "A fault of the server. Quote the X-Request-ID of the response to whoever runs it.",
}

// is makes a kind of some errors.
func is(targets ...error) func(error, *Problem) bool {
	return func(err error, _ *Problem) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

// as makes a kind of one type of error; tell adds what it carries.
func as[E error](tell func(E, *Problem)) func(error, *Problem) bool {
	return func(err error, p *Problem) bool {
		var e E
		if !errors.As(err, &e) {
			return false
		}
		tell(e, p)
		return true
	}
}

// either makes one kind of two.
func either(one, other func(error, *Problem) bool) func(error, *Problem) bool {
	return func(err error, p *Problem) bool { return one(err, p) || other(err, p) }
}

// failures answers requests that failed.
type failures struct {
	kinds  []kind
	report func(context.Context, error)
}

// statusClientGone is nginx's word in access logs for a client that did not wait.
const statusClientGone = 499

// answer writes the problem that an error stands for. An error that nobody
// foresaw is reported, and the caller learns no more than that.
func (f failures) answer(w http.ResponseWriter, r *http.Request, err error) {
	gone := r.Context().Err() != nil && errors.Is(err, context.Canceled)
	if out, ok := w.(*response); ok && out.started {
		if r.Context().Err() == nil {
			f.report(r.Context(), fmt.Errorf("answer broken off: %w", err))
		}
		panic(http.ErrAbortHandler) // the only way left to say that the answer is not whole
	}
	if gone {
		w.WriteHeader(statusClientGone)
		return
	}
	k, p := f.problem(err)
	if k.slug == internal.slug {
		f.report(r.Context(), err)
	}
	p.Instance = r.URL.EscapedPath() + "#" + ports.CorrelationID(r.Context())
	switch k.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(k.status)
	_ = json.NewEncoder(w).Encode(p) // nobody is left to tell
}

func (f failures) problem(err error) (kind, Problem) {
	for _, k := range f.kinds {
		p := Problem{Type: problemPath + k.slug, Title: k.title, Status: k.status}
		if k.of != nil && k.of(err, &p) {
			return k, p
		}
	}
	return internal, Problem{Type: problemPath + internal.slug, Title: internal.title, Status: internal.status}
}

// response knows whether an answer has begun, after which no problem can be
// written in its place.
type response struct {
	http.ResponseWriter
	started bool
}

func (w *response) WriteHeader(status int) {
	w.started = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recoverPanics makes a failure of a panic, so that one request is all that it
// costs. Nothing inside of it wraps the response again: failures must see it.
func recoverPanics(f failures) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := &response{ResponseWriter: w}
			defer func() {
				switch cause := recover(); cause {
				case nil:
				case http.ErrAbortHandler:
					panic(cause)
				default:
					f.answer(out, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
				}
			}()
			next.ServeHTTP(out, r)
		})
	}
}

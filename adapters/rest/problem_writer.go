package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"example.com/portico/ports"
)

// problemWriter answers requests that failed.
type problemWriter struct {
	types  []ProblemType
	report ports.ErrorReporter
}

// newProblemWriter adds a service's problem types to the engine's, by status.
func newProblemWriter(own []ProblemType, report ports.ErrorReporter) problemWriter {
	types := slices.Concat(genericProblemTypes, own)
	slices.SortStableFunc(types, func(a, b ProblemType) int { return a.Status - b.Status })
	return problemWriter{types: types, report: report}
}

// statusClientGone is what nginx logs for a client that closed the connection.
const statusClientGone = 499

// write answers with the problem of an error. Unexpected errors are reported and
// answered with a bare 500.
func (p problemWriter) write(w http.ResponseWriter, r *http.Request, err error) {
	gone := r.Context().Err() != nil && errors.Is(err, context.Canceled)
	if infoOf(r.Context()).produced.status != 0 {
		if r.Context().Err() == nil {
			p.report(r.Context(), fmt.Errorf("response aborted: %w", err))
		}
		panic(http.ErrAbortHandler) // the only way left to show that the response is incomplete
	}
	if gone {
		w.WriteHeader(statusClientGone)
		return
	}
	problem := p.problem(err)
	if problem.Type == internal.Path() {
		p.report(r.Context(), err)
	}
	problem.Instance = r.URL.EscapedPath() + "#" + ports.CorrelationID(r.Context())
	switch problem.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(problem.Status)
	_ = json.NewEncoder(w).Encode(problem) // fails only if the client is gone
}

func (p problemWriter) problem(err error) Problem {
	for _, t := range p.types {
		problem := Problem{Type: t.Path(), Title: t.Title, Status: t.Status}
		if t.Match != nil && t.Match(err, &problem) {
			return problem
		}
	}
	return Problem{Type: internal.Path(), Title: internal.Title, Status: internal.Status}
}

// recoverPanics turns a panic into an error of the one request that it concerns.
func recoverPanics(problems problemWriter) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := recorder{w, &infoOf(r.Context()).produced}
			defer func() {
				switch cause := recover(); cause {
				case nil:
				case http.ErrAbortHandler:
					panic(cause)
				default:
					problems.write(out, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
				}
			}()
			next.ServeHTTP(out, r)
		})
	}
}

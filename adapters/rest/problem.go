package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"example.com/portico/ports"
)

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	// Errors lists the parts of the request that are wrong.
	Errors []FieldError `json:"errors"`
	// Extensions are additional members, by name.
	Extensions map[string]any `json:"-"`
}

// FieldError describes one wrong part of a request.
type FieldError struct {
	Detail string `json:"detail"`
	// Pointer is a JSON Pointer into the body (RFC 6901). For a parameter or header, it
	// is a slash followed by the name.
	Pointer string `json:"pointer"`
}

// MarshalJSON writes the extensions next to the standard members. It omits empty members.
func (p Problem) MarshalJSON() ([]byte, error) {
	members := map[string]any{"type": p.Type, "title": p.Title, "status": p.Status}
	if p.Detail != "" {
		members["detail"] = p.Detail
	}
	if p.Instance != "" {
		members["instance"] = p.Instance
	}
	if len(p.Errors) > 0 {
		members["errors"] = p.Errors
	}
	maps.Copy(members, p.Extensions)
	return json.Marshal(members)
}

// maxDrain is the size, in bytes, up to which net/http may read and discard the body of a
// refused request. If the body may be larger, the connection is closed after the response
// instead.
const maxDrain = 4096

// Limits of a problem document. Details may quote the request.
const (
	maxDetail     = 1 << 10 // bytes
	maxErrors     = 100
	maxErrorBytes = 32 << 10 // as JSON
)

// limit shortens long details and pointers, and removes the errors beyond the limits. If
// it removes errors, the detail says so.
func (p *Problem) limit() {
	p.Detail = clip(p.Detail, maxDetail)
	size := 0
	for i := range p.Errors {
		e := &p.Errors[i]
		e.Detail, e.Pointer = clip(e.Detail, maxDetail), clip(e.Pointer, maxDetail)
		encoded, _ := json.Marshal(e) // it has only strings
		if size += len(encoded); i == maxErrors || size > maxErrorBytes {
			p.Errors = p.Errors[:i]
			p.Detail = strings.TrimSpace(p.Detail + " There are more errors than are listed.")
			return
		}
	}
}

// problemWriter answers requests that failed.
type problemWriter struct {
	types  []ProblemType
	report ports.ErrorReporter
}

// newProblemWriter sorts the generic problem types and the service's own by status.
func newProblemWriter(own []ProblemType, report ports.ErrorReporter) problemWriter {
	types := slices.Concat(genericProblemTypes, own)
	slices.SortStableFunc(types, func(a, b ProblemType) int { return a.Status - b.Status })
	return problemWriter{types: types, report: report}
}

// statusClientGone is the status that nginx logs if the client closed the connection.
const statusClientGone = 499

// write answers with the problem for an error. It reports an unexpected error and answers
// it with 500, without details.
func (p problemWriter) write(w http.ResponseWriter, r *http.Request, err error) {
	if infoOf(r.Context()).produced.status != 0 {
		if r.Context().Err() == nil {
			p.report(r.Context(), fmt.Errorf("response aborted: %w", err))
		}
		panic(http.ErrAbortHandler) // the only way left to show that the response is incomplete
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		w.WriteHeader(statusClientGone)
		return
	}
	problem := p.problem(err)
	if problem.Type == internal.Path() {
		p.report(r.Context(), err)
	}
	if path := r.URL.EscapedPath(); len(path) <= maxPath {
		problem.Instance = path
	}
	problem.Instance += "#" + ports.CorrelationID(r.Context())
	switch problem.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	if !infoOf(r.Context()).bodyRead && (r.ContentLength < 0 || r.ContentLength > maxDrain) {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(problem.Status)
	_ = json.NewEncoder(w).Encode(problem) // fails only if the client is gone
}

func (p problemWriter) problem(err error) Problem {
	for _, t := range p.types {
		problem := Problem{Type: t.Path(), Title: t.Title, Status: t.Status}
		if t.Match != nil && t.Match(err, &problem) {
			problem.limit()
			return problem
		}
	}
	return Problem{Type: internal.Path(), Title: internal.Title, Status: internal.Status}
}

// recoverPanics handles a panic as an unexpected error of the request.
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

const problemPath = "/problems/"

var problemPage = template.Must(template.New("problems").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{{if eq (len .) 1}}{{(index . 0).Title}}{{else}}Problems{{end}}</title>
{{range .}}<h1><a href="{{.Path}}">{{.Title}}</a></h1>
<p>Status {{.Status}}. {{.Description}}</p>
{{end}}</html>
`))

// Path returns the URL path of the type's description.
func (t ProblemType) Path() string { return problemPath + t.Slug }

func (p problemWriter) serveAll(w http.ResponseWriter, r *http.Request) { p.describe(w, r, p.types) }

// serveOne serves the description of one problem type.
func (p problemWriter) serveOne(w http.ResponseWriter, r *http.Request) {
	at := slices.IndexFunc(p.types, func(t ProblemType) bool { return t.Slug == mux.Vars(r)["slug"] })
	if at < 0 {
		p.write(w, r, ports.ErrNotFound)
		return
	}
	p.describe(w, r, p.types[at:at+1])
}

func (p problemWriter) describe(w http.ResponseWriter, r *http.Request, types []ProblemType) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := problemPage.Execute(w, types); err != nil {
		p.write(w, r, err)
	}
}

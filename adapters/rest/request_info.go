package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/domain/actor"
	"example.com/portico/ports"
)

// requestInfo holds the data that the layers of the pipeline record about a request.
type requestInfo struct {
	// route is empty until a route matches.
	route string
	// actor is anonymous until the token is verified.
	actor actor.Actor
	// bodyRead is true if the request passed the checks that precede the body, so that the
	// body is read up to its limit.
	bodyRead bool
	// produced is the response before compression, and sent is the response after
	// compression.
	produced, sent output
}

type infoKey struct{}

func infoOf(ctx context.Context) *requestInfo { return ctx.Value(infoKey{}).(*requestInfo) }

// output is the state of a response at one layer of the pipeline.
type output struct {
	status int // 0 until the response has started
	bytes  int64
}

// recorder records the status and size of a response.
type recorder struct {
	http.ResponseWriter
	*output
}

func (w recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 { // 1xx responses precede the final response
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w recorder) Write(p []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap supports http.ResponseController.
func (w recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// trackRequest provides the requestInfo for the inner layers. When the request ends, it
// calls observe with an access log entry.
func trackRequest(observe func(context.Context, accesslog.Entry)) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			info := &requestInfo{actor: actor.Anonymous}
			aborted := true
			if observe != nil {
				defer func() {
					observe(r.Context(), accesslog.Entry{
						Route: info.route, Path: clip(r.URL.EscapedPath(), maxPath), RemoteAddr: r.RemoteAddr,
						Status: cmp.Or(info.sent.status, http.StatusOK), Bytes: info.sent.bytes,
						Duration: time.Since(start), Aborted: aborted,
					})
				}()
			}
			next.ServeHTTP(recorder{w, &info.sent}, r.WithContext(context.WithValue(r.Context(), infoKey{}, info)))
			aborted = false
		})
	}
}

// maxPath is the maximum length of a path in logs and problems, in bytes. All paths of
// the API are shorter.
const maxPath = 256

// clip cuts text after limit bytes, and then appends an ellipsis.
func clip(text string, limit int) string {
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// withRequestID identifies the request by the caller's X-Request-ID, or by a new id if
// the header is missing or invalid. The id becomes the X-Request-ID of the response and
// the correlation id of the context.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !requestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.WithContext(ports.WithCorrelationID(r.Context(), id)))
	})
}

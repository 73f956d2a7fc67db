package rest

import (
	"crypto/rand"
	"net/http"
	"regexp"

	"example.com/portico/ports"
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// withRequestID identifies the request by the caller's X-Request-ID, or by a new
// id if that is missing or unfit for a log line. The id is a header of the
// response and the correlation id of the context.
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

package rest

import (
	"crypto/rand"
	"net/http"
	"regexp"

	"example.com/portico/ports"
)

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// identify names the request: as the caller does in X-Request-ID, or anew where
// that would be unfit for a log line. The answer carries the name, and so does
// all that is done under the context.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if !requestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set("X-Request-ID", id)
		next.ServeHTTP(w, r.WithContext(ports.WithCorrelationID(r.Context(), id)))
	})
}

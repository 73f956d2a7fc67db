package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

var errMethodNotAllowed = errors.New("the path does not know this method")

// headAsGet answers HEAD wherever GET is answered (RFC 9110, section 9.3.2).
// The server beneath leaves the body out, because it has the request as it came.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

// refuseMethod tells which methods the path does know.
func refuseMethod(router *mux.Router, fail failFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := *r
			other.Method = method
			var match mux.RouteMatch
			if router.Match(&other, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
				if method == http.MethodGet {
					allowed = append(allowed, http.MethodHead)
				}
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		fail(w, r, errMethodNotAllowed)
	})
}

package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

var errMethodNotAllowed = errors.New("method not allowed for this path")

// headAsGet answers HEAD wherever GET is answered (RFC 9110, section 9.3.2).
// net/http leaves the body out, because its own request still says HEAD.
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

// refuseMethod lists the methods that the path supports in the Allow header.
func refuseMethod(router *mux.Router, fail FailFunc) http.Handler {
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

package rest

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// requireTrustedHost refuses requests for hosts other than those named. This
// prevents DNS rebinding: a web page cannot reach the server under a name of its
// own.
func requireTrustedHost(names []string, fail FailFunc) middleware {
	return func(next http.Handler) http.Handler {
		if len(names) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, _, err := net.SplitHostPort(r.Host)
			if err != nil {
				host = r.Host
			}
			if !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) }) {
				fail(w, r, BadRequest("This server does not serve that host name."))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

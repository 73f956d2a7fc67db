package rest

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// trustHosts refuses requests for other hosts than those named, so that nobody
// makes the server speak under a name that is not its own (DNS rebinding).
func trustHosts(names []string, fail failFunc) middleware {
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
				fail(w, r, &malformed{detail: "This server does not go by that host name."})
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

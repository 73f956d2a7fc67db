package rest

import (
	"context"
	"fmt"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

func withTimeout(timeout time.Duration) middleware {
	return func(next http.Handler) http.Handler {
		if timeout == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), timeout)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// require rejects the requests for which check returns an error.
func require(check func(*http.Request) error, fail FailFunc) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := check(r); err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// trustedHost refuses requests for hosts that are not in names, unless names is empty.
// This prevents DNS rebinding, in which a web page reaches the server through the page's
// own domain.
func trustedHost(names []string) func(*http.Request) error {
	return func(r *http.Request) error {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) }) {
			return BadRequest("This server does not serve that host name.")
		}
		return nil
	}
}

// plainPath refuses encoded slashes in paths. The router decodes them. A proxy that
// restricts paths may not, and would let the request through.
func plainPath(r *http.Request) error {
	path := strings.ToLower(r.URL.EscapedPath())
	if strings.Contains(path, "%2f") || strings.Contains(path, "%5c") {
		return BadRequest("The path contains an encoded slash.")
	}
	return nil
}

// cors lets pages from the given origins call the API (the CORS protocol of the Fetch
// standard). It does not allow credentials such as cookies, because clients send tokens
// in a header.
func cors(origins []string) middleware {
	return func(next http.Handler) http.Handler {
		if len(origins) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")
			origin := r.Header.Get("Origin")
			if origin == "" || !slices.Contains(origins, origin) && !slices.Contains(origins, "*") {
				next.ServeHTTP(w, r)
				return
			}
			h.Set("Access-Control-Allow-Origin", origin)
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID")
				h.Set("Access-Control-Max-Age", "7200")
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h.Set("Access-Control-Expose-Headers", "Content-Disposition, ETag, Location, RateLimit, Retry-After, X-Request-ID")
			next.ServeHTTP(w, r)
		})
	}
}

// compress compresses JSON and text for clients that accept gzip. It does not compress
// responses that fit into one packet.
func compress(enabled bool) middleware {
	return func(next http.Handler) http.Handler {
		if !enabled {
			return next
		}
		wrap, err := gzhttp.NewWrapper(
			gzhttp.MinSize(1400),
			gzhttp.CompressionLevel(1), // BestSpeed
			gzhttp.EnableZstd(false),
			gzhttp.ContentTypeFilter(compressible),
		)
		if err != nil {
			panic(err) // the options contradict each other
		}
		return wrap(next)
	}
}

func compressible(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "yaml")
}

// ActorOf returns the actor of the request, or [actor.Anonymous].
func ActorOf(ctx context.Context) actor.Actor { return infoOf(ctx).actor }

// authenticate identifies the actor by the bearer token (RFC 6750). A missing token is
// not an error here: the OpenAPI document defines which operations require one, and the
// use cases check what an anonymous actor may do. An invalid token is always rejected.
func authenticate(tokens platform.Tokens) func(*http.Request) error {
	return func(r *http.Request) error {
		credentials := r.Header.Values("Authorization")
		if len(credentials) == 0 {
			return nil
		}
		scheme, token, _ := strings.Cut(credentials[0], " ")
		if len(credentials) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return fmt.Errorf("%w: want exactly one bearer token", ports.ErrUnauthenticated)
		}
		verified, err := tokens.Verify(r.Context(), token)
		if err != nil {
			return fmt.Errorf("authenticate: %w", err)
		}
		infoOf(r.Context()).actor = verified
		return nil
	}
}

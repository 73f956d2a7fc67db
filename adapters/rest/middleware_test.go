package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/adapters/rest"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/resttest"
	"example.com/portico/tests/testkit"
)

func TestRequestID(t *testing.T) {
	var correlation string
	srv := start(t, setup{getNote: func(_ http.ResponseWriter, r *http.Request) error {
		correlation = ports.CorrelationID(r.Context())
		return ports.ErrNotFound
	}})

	t.Run("is taken from the caller", func(t *testing.T) {
		a := srv.Send(t, "GET", notePath, "", resttest.Header("X-Request-ID", "Abc-1._"))
		a.WantHeader(t, "X-Request-ID", "Abc-1._")
		if correlation != "Abc-1._" {
			t.Errorf("the handler got %q", correlation)
		}
	})
	for name, unfit := range map[string]string{
		"too long": strings.Repeat("x", 129), "two words": "a b", "not ASCII": "é", "empty": "",
	} {
		t.Run("is generated if the caller's id is "+name, func(t *testing.T) {
			a := srv.Send(t, "GET", notePath, "", resttest.Header("X-Request-ID", unfit))
			got := a.Header.Get("X-Request-ID")
			if got == unfit || got == "" || got != correlation {
				t.Errorf("got %q, the handler got %q", got, correlation)
			}
		})
	}
	t.Run("is sent in an error response", func(t *testing.T) {
		if a := srv.Send(t, "GET", "/nowhere", ""); a.Header.Get("X-Request-ID") == "" {
			t.Error("got no X-Request-ID")
		}
	})
}

func TestAuthentication(t *testing.T) {
	srv := start(t, setup{})

	t.Run("requires a token where the document requires one", func(t *testing.T) {
		a := srv.Send(t, "POST", "/v1/notes", note, withKey)
		a.WantProblem(t, http.StatusUnauthorized, "unauthenticated")
		a.WantHeader(t, "WWW-Authenticate", "Bearer")
	})
	t.Run("requires the token before it validates the request", func(t *testing.T) {
		srv.Send(t, "POST", "/v1/notes", "{").WantProblem(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("requires no token where the document allows anonymous requests", func(t *testing.T) {
		if a := srv.Send(t, "GET", notePath, ""); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
	})
	for name, credentials := range map[string][]string{
		"an invalid token": {"Bearer mallory"},
		"an empty token":   {"Bearer "},
		"another scheme":   {"Basic YWxpY2U6"},
		"two tokens":       {"Bearer alice", "Bearer alice"},
	} {
		t.Run("refuses "+name+" even where none is required", func(t *testing.T) {
			var changes []resttest.Change
			for _, c := range credentials {
				changes = append(changes, resttest.Header("Authorization", c))
			}
			a := srv.Send(t, "GET", notePath, "", changes...)
			a.WantProblem(t, http.StatusUnauthorized, "unauthenticated")
			a.WantHeader(t, "WWW-Authenticate", "Bearer")
		})
	}
	t.Run("accepts the scheme in lower case", func(t *testing.T) {
		if a := srv.Send(t, "POST", "/v1/notes", note, withKey, resttest.Header("Authorization", "bearer alice")); a.Status != http.StatusCreated {
			t.Errorf("got %d: %s", a.Status, a.Body)
		}
	})
	t.Run("answers 503 while tokens cannot be verified", func(t *testing.T) {
		srv.Send(t, "GET", notePath, "", resttest.As("unavailable")).WantProblem(t, http.StatusServiceUnavailable, "unavailable")
	})
}

func TestSecureHeaders(t *testing.T) {
	srv := start(t, setup{config: rest.Config{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		TrustedHosts:   []string{"127.0.0.1"},
	}})
	for _, tt := range []struct {
		name   string
		path   string
		change resttest.Change
		status int
	}{
		{"a valid request", notePath, resttest.As("alice"), 200},
		{"a request for an unknown host", notePath, func(r *http.Request) { r.Host = "evil.example" }, 400},
		{"a request with an invalid token", notePath, resttest.As("mallory"), 401},
		{"a request for an unknown path", "/nowhere", resttest.As("alice"), 404},
	} {
		t.Run("are sent in the response to "+tt.name, func(t *testing.T) {
			a := srv.Send(t, "GET", tt.path, "", tt.change)
			testkit.WantEqual(t, "status", a.Status, tt.status)
			a.WantHeader(t, "Cache-Control", "no-store")
			a.WantHeader(t, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			a.WantHeader(t, "Cross-Origin-Resource-Policy", "same-origin")
			a.WantHeader(t, "Referrer-Policy", "no-referrer")
			a.WantHeader(t, "X-Content-Type-Options", "nosniff")
			a.WantHeader(t, "Strict-Transport-Security", "")
		})
	}
	t.Run("require HTTPS if a trusted proxy received the request by HTTPS", func(t *testing.T) {
		https := resttest.Header("X-Forwarded-Proto", "https")
		srv.Send(t, "GET", notePath, "", https).WantHeader(t, "Strict-Transport-Security", "max-age=31536000")
		untrusted := start(t, setup{})
		untrusted.Send(t, "GET", notePath, "", https).WantHeader(t, "Strict-Transport-Security", "")
	})
}

func TestEncodedSlashesInPaths(t *testing.T) {
	srv := start(t, setup{})
	for _, path := range []string{"/v1%2Fnotes", "/v1%2fnotes/1", "/v1/notes/a%5Cb"} {
		t.Run("are refused in "+path, func(t *testing.T) {
			srv.Send(t, "GET", path, "").WantProblem(t, http.StatusBadRequest, "malformed-request")
		})
	}
}

func TestLongPathsAreClipped(t *testing.T) {
	observed := make(chan accesslog.Entry, 1)
	srv := start(t, setup{config: rest.Config{Observe: func(_ context.Context, r accesslog.Entry) { observed <- r }}})
	a := srv.Send(t, "GET", "/"+strings.Repeat("é", 5_000), "")
	p := a.WantProblem(t, http.StatusNotFound, "not-found")
	testkit.WantEqual(t, "instance", p.Instance, "#"+a.Header.Get("X-Request-ID"))
	testkit.WantEqual(t, "logged path", (<-observed).Path, "/"+strings.Repeat("%C3%A9", 42)+"%C3…")
}

func TestTrustedHosts(t *testing.T) {
	srv := start(t, setup{config: rest.Config{TrustedHosts: []string{"tickets.example", "::1"}}})
	for host, trusted := range map[string]bool{
		"tickets.example": true, "Tickets.Example:8080": true, "[::1]:8080": true,
		"evil.example": false, "tickets.example.evil.example": false,
	} {
		t.Run("checks "+host, func(t *testing.T) {
			a := srv.Send(t, "GET", notePath, "", func(r *http.Request) { r.Host = host })
			if trusted && a.Status != http.StatusOK {
				t.Errorf("got status %d, want 200", a.Status)
			}
			if !trusted {
				a.WantProblem(t, http.StatusBadRequest, "malformed-request")
			}
		})
	}
}

func TestCORS(t *testing.T) {
	const origin = "https://tickets.example"
	preflight := []resttest.Change{resttest.Header("Origin", origin), resttest.Header("Access-Control-Request-Method", "POST")}

	t.Run("is off without origins", func(t *testing.T) {
		srv := start(t, setup{})
		srv.Send(t, "GET", notePath, "", resttest.Header("Origin", origin)).WantHeader(t, "Access-Control-Allow-Origin", "")
		srv.Send(t, "OPTIONS", "/v1/notes", "", preflight...).WantProblem(t, http.StatusMethodNotAllowed, "method-not-allowed")
	})

	srv := start(t, setup{config: rest.Config{CORSOrigins: []string{origin}}})
	t.Run("lets an allowed page read the response", func(t *testing.T) {
		a := srv.Send(t, "GET", notePath, "", resttest.Header("Origin", origin))
		a.WantHeader(t, "Access-Control-Allow-Origin", origin)
		if !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "ETag") {
			t.Errorf("got %v", a.Header)
		}
	})
	t.Run("lets an allowed page read an error response", func(t *testing.T) {
		srv.Send(t, "GET", notePath, "", resttest.Header("Origin", origin), resttest.As("mallory")).WantHeader(t, "Access-Control-Allow-Origin", origin)
	})
	t.Run("answers a preflight request that has no token", func(t *testing.T) {
		a := srv.Send(t, "OPTIONS", "/v1/notes", "", preflight...)
		if a.Status != http.StatusNoContent || !strings.Contains(a.Header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
			t.Errorf("got %d %v", a.Status, a.Header)
		}
	})
	t.Run("does not allow other origins, and sets Vary for caches", func(t *testing.T) {
		a := srv.Send(t, "GET", notePath, "", resttest.Header("Origin", "https://evil.example"))
		a.WantHeader(t, "Access-Control-Allow-Origin", "")
		if !slices.Contains(a.Header.Values("Vary"), "Origin") {
			t.Errorf("Vary is %v", a.Header.Values("Vary"))
		}
	})
	t.Run("allows all origins if set to *", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{CORSOrigins: []string{"*"}}})
		srv.Send(t, "GET", notePath, "", resttest.Header("Origin", origin)).WantHeader(t, "Access-Control-Allow-Origin", origin)
	})
}

func TestTimeLimit(t *testing.T) {
	waiting := func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done() // like a database query that hangs
		return fmt.Errorf("database: %w", r.Context().Err())
	}
	srv := start(t, setup{getNote: waiting, config: rest.Config{Timeout: 10 * time.Millisecond}})
	a := srv.Send(t, "GET", notePath, "")
	a.WantProblem(t, http.StatusServiceUnavailable, "unavailable")
	a.WantHeader(t, "Retry-After", "2")
}

func TestRateLimit(t *testing.T) {
	someRate := platform.Rate{PerSecond: 1, Burst: 3}
	allowAll := resttest.Limiter(func(string) (platform.RateDecision, error) {
		return platform.RateDecision{Allowed: true, Remaining: 2}, nil
	})

	t.Run("returns how many requests each limit still allows", func(t *testing.T) {
		srv := start(t, setup{limiter: allowAll, config: rest.Config{AddressRate: someRate, ActorRate: someRate}})
		srv.Send(t, "GET", notePath, "", resttest.As("alice")).WantHeader(t, "RateLimit", `"address";r=2, "actor";r=2`)
	})
	t.Run("refuses requests that exceed it and says when to retry", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{ActorRate: someRate}, limiter: resttest.Limiter(func(key string) (platform.RateDecision, error) {
			if key != "actor:alice" {
				t.Errorf("got key %q, want actor:alice", key)
			}
			return platform.RateDecision{RetryAfter: 1200 * time.Millisecond}, nil
		})})
		a := srv.Send(t, "GET", notePath, "", resttest.As("alice"))
		a.WantProblem(t, http.StatusTooManyRequests, "rate-limited")
		a.WantHeader(t, "Retry-After", "2")
		a.WantHeader(t, "RateLimit", `"actor";r=0;t=2`)
	})
	t.Run("counts a request by address before its token is verified", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{AddressRate: someRate}, limiter: resttest.Limiter(func(string) (platform.RateDecision, error) {
			return platform.RateDecision{RetryAfter: time.Millisecond}, nil
		})})
		a := srv.Send(t, "GET", notePath, "", resttest.As("mallory"))
		a.WantProblem(t, http.StatusTooManyRequests, "rate-limited")
		a.WantHeader(t, "Retry-After", "1")
	})
	t.Run("does not apply the actor limit to anonymous requests", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{ActorRate: someRate}})
		if a := srv.Send(t, "GET", notePath, ""); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
	})
	t.Run("allows requests while the limiter is unavailable, and reports the error", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{AddressRate: someRate}, limiter: resttest.Limiter(func(string) (platform.RateDecision, error) {
			return platform.RateDecision{}, ports.ErrUnavailable
		})})
		if a := srv.Send(t, "GET", notePath, ""); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
		if len(srv.Reported()) != 1 {
			t.Errorf("got reports %v, want one", srv.Reported())
		}
	})
	t.Run("reports no error if the client is gone", func(t *testing.T) {
		srv := start(t, setup{
			config: rest.Config{AddressRate: someRate},
			limiter: resttest.Limiter(func(string) (platform.RateDecision, error) {
				return platform.RateDecision{}, context.Canceled
			}),
			outside: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					ctx, cancel := context.WithCancel(r.Context())
					cancel()
					next.ServeHTTP(w, r.WithContext(ctx))
				})
			},
		})
		srv.Send(t, "GET", "/v1/notes", "")
		if len(srv.Reported()) > 0 {
			t.Errorf("got reports %v, want none", srv.Reported())
		}
	})

	for _, tt := range []struct {
		name, remote, forwarded, want string
	}{
		{"the address of the client", "203.0.113.9:4711", "", "203.0.113.9"},
		{"the address of an untrusted client, not the one that it claims", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		{"the address that a trusted proxy forwards", "10.0.0.1:4711", "198.51.100.1", "198.51.100.1"},
		{"the last address before the trusted proxies", "10.0.0.1:4711", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"a trusted proxy that forwards no address", "10.0.0.1:4711", "unknown", "10.0.0.1"},
		{"an IPv6 network as one client", "[2001:db8:1:2:3:4:5:6]:4711", "", "2001:db8:1:2::/64"},
		{"IPv4 in IPv6 as IPv4", "[::ffff:203.0.113.9]:4711", "", "203.0.113.9"},
	} {
		t.Run("counts "+tt.name, func(t *testing.T) {
			var got string
			srv := start(t, setup{
				config: rest.Config{AddressRate: someRate, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
				limiter: resttest.Limiter(func(key string) (platform.RateDecision, error) {
					got = key
					return platform.RateDecision{Allowed: true}, nil
				}),
				outside: func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						r.RemoteAddr = tt.remote
						next.ServeHTTP(w, r)
					})
				},
			})
			srv.Send(t, "GET", notePath, "", resttest.Header("X-Forwarded-For", tt.forwarded))
			if got != "address:"+tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	srv := start(t, setup{config: rest.Config{Compress: true}, listNotes: func(w http.ResponseWriter, _ *http.Request) error {
		body := []byte(`["` + strings.Repeat("note ", 1000) + `"]`)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", rest.EntityTag(body))
		_, err := w.Write(body)
		return err
	}})
	plain := srv.Send(t, "GET", "/v1/notes", "")

	t.Run("is used if the client accepts it", func(t *testing.T) {
		a := srv.Send(t, "GET", "/v1/notes", "", resttest.Header("Accept-Encoding", "br;q=1.0, gzip"))
		a.WantHeader(t, "Content-Encoding", "gzip")
		a.WantHeader(t, "Vary", "Accept-Encoding")
		a.WantHeader(t, "ETag", plain.Header.Get("ETag"))
		zipped, err := gzip.NewReader(bytes.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(zipped); err != nil || !bytes.Equal(body, plain.Body) || len(a.Body) >= len(body) {
			t.Errorf("compressed %d bytes to %d: %v", len(a.Body), len(body), err)
		}
	})
	for name, changes := range map[string][]resttest.Change{
		"if the client does not ask for it":        nil,
		"if the client refuses it":                 {resttest.Header("Accept-Encoding", "gzip;q=0, *")},
		"if the client accepts only br":            {resttest.Header("Accept-Encoding", "br")},
		"for HEAD":                                 {resttest.Header("Accept-Encoding", "gzip"), func(r *http.Request) { r.Method = "HEAD" }},
		"for a response that fits into one packet": {resttest.Header("Accept-Encoding", "gzip"), func(r *http.Request) { r.URL.Path = notePath }},
	} {
		t.Run("is not used "+name, func(t *testing.T) {
			a := srv.Send(t, "GET", "/v1/notes", "", changes...)
			a.WantHeader(t, "Content-Encoding", "")
			if a.Status != http.StatusOK {
				t.Errorf("got status %d, want 200", a.Status)
			}
		})
	}
}

func TestCompressionIsOffUnlessEnabled(t *testing.T) {
	srv := start(t, setup{})
	a := srv.Send(t, "GET", "/v1/notes", "", resttest.Header("Accept-Encoding", "gzip"))
	a.WantHeader(t, "Content-Encoding", "")
}

// TestMiddlewareOrder sends one request for each layer of the pipeline. That layer must
// answer the request, although every inner layer would answer it too.
func TestMiddlewareOrder(t *testing.T) {
	var faulty map[string]bool // by layer
	observed := make(chan accesslog.Entry, 1)
	srv := start(t, setup{
		config: rest.Config{
			CORSOrigins:  []string{"https://app.example"},
			TrustedHosts: []string{"api.example"},
			AddressRate:  platform.Rate{PerSecond: 1, Burst: 1},
			ActorRate:    platform.Rate{PerSecond: 1, Burst: 1},
			Compress:     true,
			Observe:      func(_ context.Context, r accesslog.Entry) { observed <- r },
		},
		limiter: resttest.Limiter(func(key string) (platform.RateDecision, error) {
			if key == "actor:alice" {
				return platform.RateDecision{Allowed: !faulty["actor rate"]}, nil
			}
			return platform.RateDecision{Allowed: !faulty["address rate"]}, nil
		}),
	})
	layers := []struct {
		name   string
		fault  resttest.Change
		status int
	}{
		{"trusted host", func(r *http.Request) { r.Host = "evil.example" }, http.StatusBadRequest},
		{"encoded slash", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/v1/notes", "/v1%2Fnotes" }, http.StatusBadRequest},
		{"CORS", func(r *http.Request) { r.Method = http.MethodOptions }, http.StatusNoContent},
		{"address rate", nil, http.StatusTooManyRequests},
		{"authentication", func(r *http.Request) { r.Header.Set("Authorization", "Bearer mallory") }, http.StatusUnauthorized},
		{"actor rate", nil, http.StatusTooManyRequests},
		{"router", func(r *http.Request) { r.URL.Path = "/nowhere" }, http.StatusNotFound},
		{"operation's token", func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized},
		{"operation's roles", func(r *http.Request) { r.Header.Set("Authorization", "Bearer bob") }, http.StatusForbidden},
		{"body size", withBody(hugeBody), http.StatusRequestEntityTooLarge},
		{"contract", func(r *http.Request) { r.Header.Del("Idempotency-Key") }, http.StatusBadRequest},
		{"handler", nil, http.StatusCreated},
	}
	for i, layer := range layers {
		t.Run(fmt.Sprintf("%d: %s", i, layer.name), func(t *testing.T) {
			faulty = make(map[string]bool)
			changes := []resttest.Change{
				func(r *http.Request) { r.Host = "api.example" },
				resttest.As("alice"), withKey, resttest.Header("X-Request-ID", "request-7"),
				resttest.Header("Origin", "https://app.example"), resttest.Header("Access-Control-Request-Method", "POST"),
			}
			for _, further := range slices.Backward(layers[i:]) {
				faulty[further.name] = true
				// Requests for outer layers keep alice's token, because the actor rate limit
				// needs an actor.
				if further.fault != nil && (!strings.HasPrefix(further.name, "operation's") || i >= 7) {
					changes = append(changes, further.fault)
				}
			}
			a := srv.Send(t, http.MethodPost, "/v1/notes", note, changes...)
			if a.Status != layer.status {
				t.Errorf("got status %d, want %d: %s", a.Status, layer.status, a.Body)
			}
			a.WantHeader(t, "X-Request-ID", "request-7")
			if got := <-observed; got.Status != layer.status {
				t.Errorf("got %+v observed, want status %d", got, layer.status)
			}
			if i > 1 {
				a.WantHeader(t, "Access-Control-Allow-Origin", "https://app.example")
			}
		})
	}
}

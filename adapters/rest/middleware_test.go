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

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

func TestRequestID(t *testing.T) {
	var correlation string
	srv := start(t, setup{do: inbound.UseCases{GetShow: does[inbound.GetShow, *show.Show](
		func(ctx context.Context, _ inbound.GetShow) (*show.Show, error) {
			correlation = ports.CorrelationID(ctx)
			return nil, ports.ErrNotFound
		})}})

	t.Run("is the caller's", func(t *testing.T) {
		a := srv.send(t, "GET", aShowPath, "", header("X-Request-ID", "Abc-1._"))
		wantHeader(t, a, "X-Request-ID", "Abc-1._")
		if correlation != "Abc-1._" {
			t.Errorf("the application knows it as %q", correlation)
		}
	})
	for name, unfit := range map[string]string{
		"too long": strings.Repeat("x", 129), "spaced": "a b", "not ASCII": "é", "empty": "",
	} {
		t.Run("is made where the caller's is "+name, func(t *testing.T) {
			a := srv.send(t, "GET", aShowPath, "", header("X-Request-ID", unfit))
			got := a.header.Get("X-Request-ID")
			if got == unfit || got == "" || got != correlation {
				t.Errorf("got %q, the application knows it as %q", got, correlation)
			}
		})
	}
	t.Run("is on a refusal too", func(t *testing.T) {
		if a := srv.send(t, "GET", "/nowhere", ""); a.header.Get("X-Request-ID") == "" {
			t.Error("there is none")
		}
	})
}

func TestAuthentication(t *testing.T) {
	do := showing(t)
	do.HoldSeats = holding(t).HoldSeats
	srv := start(t, setup{do: do})

	t.Run("asks for a token where somebody must be known", func(t *testing.T) {
		a := srv.send(t, "POST", "/api/v1/bookings", newBooking, withKey)
		a.refused(t, http.StatusUnauthorized, "unauthenticated")
		wantHeader(t, a, "WWW-Authenticate", "Bearer")
	})
	t.Run("asks for a token before it looks at the request", func(t *testing.T) {
		srv.send(t, "POST", "/api/v1/bookings", "{").refused(t, http.StatusUnauthorized, "unauthenticated")
	})
	t.Run("asks for none where anybody may", func(t *testing.T) {
		if a := srv.send(t, "GET", aShowPath, ""); a.status != http.StatusOK {
			t.Errorf("got %d", a.status)
		}
	})
	for name, credentials := range map[string][]string{
		"a token that is not valid": {"Bearer mallory"},
		"an empty token":            {"Bearer "},
		"another scheme":            {"Basic YWxpY2U6"},
		"two tokens":                {"Bearer alice", "Bearer alice"},
	} {
		t.Run("refuses "+name+" even where none is needed", func(t *testing.T) {
			var changes []change
			for _, c := range credentials {
				changes = append(changes, header("Authorization", c))
			}
			a := srv.send(t, "GET", aShowPath, "", changes...)
			a.refused(t, http.StatusUnauthorized, "unauthenticated")
			wantHeader(t, a, "WWW-Authenticate", "Bearer")
		})
	}
	t.Run("knows the scheme in any case", func(t *testing.T) {
		if a := srv.send(t, "POST", "/api/v1/bookings", newBooking, withKey, header("Authorization", "bearer alice")); a.status != http.StatusCreated {
			t.Errorf("got %d: %s", a.status, a.body)
		}
	})
	t.Run("is unavailable while tokens cannot be verified", func(t *testing.T) {
		srv.send(t, "GET", aShowPath, "", as("tok-down")).refused(t, http.StatusServiceUnavailable, "unavailable")
	})
}

func TestTrustedHosts(t *testing.T) {
	srv := start(t, setup{do: showing(t), config: rest.Config{TrustedHosts: []string{"tickets.example", "::1"}}})
	for host, trusted := range map[string]bool{
		"tickets.example": true, "Tickets.Example:8080": true, "[::1]:8080": true,
		"evil.example": false, "tickets.example.evil.example": false,
	} {
		t.Run("looks at "+host, func(t *testing.T) {
			a := srv.send(t, "GET", aShowPath, "", func(r *http.Request) { r.Host = host })
			if trusted && a.status != http.StatusOK {
				t.Errorf("got %d", a.status)
			}
			if !trusted {
				a.refused(t, http.StatusBadRequest, "malformed-request")
			}
		})
	}
}

func TestCORS(t *testing.T) {
	const origin = "https://tickets.example"
	preflight := []change{header("Origin", origin), header("Access-Control-Request-Method", "POST")}

	t.Run("is off without origins", func(t *testing.T) {
		srv := start(t, setup{do: showing(t)})
		wantHeader(t, srv.send(t, "GET", aShowPath, "", header("Origin", origin)), "Access-Control-Allow-Origin", "")
		srv.send(t, "OPTIONS", "/api/v1/bookings", "", preflight...).refused(t, http.StatusMethodNotAllowed, "method-not-allowed")
	})

	srv := start(t, setup{do: showing(t), config: rest.Config{CORSOrigins: []string{origin}}})
	t.Run("lets an allowed page read the answer", func(t *testing.T) {
		a := srv.send(t, "GET", aShowPath, "", header("Origin", origin))
		wantHeader(t, a, "Access-Control-Allow-Origin", origin)
		if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "ETag") {
			t.Errorf("got %v", a.header)
		}
	})
	t.Run("lets an allowed page read a refusal", func(t *testing.T) {
		wantHeader(t, srv.send(t, "GET", aShowPath, "", header("Origin", origin), as("mallory")), "Access-Control-Allow-Origin", origin)
	})
	t.Run("answers a preflight without a token", func(t *testing.T) {
		a := srv.send(t, "OPTIONS", "/api/v1/bookings", "", preflight...)
		if a.status != http.StatusNoContent || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
			t.Errorf("got %d %v", a.status, a.header)
		}
	})
	t.Run("says nothing to another page, and tells caches that it might", func(t *testing.T) {
		a := srv.send(t, "GET", aShowPath, "", header("Origin", "https://evil.example"))
		wantHeader(t, a, "Access-Control-Allow-Origin", "")
		if !slices.Contains(a.header.Values("Vary"), "Origin") {
			t.Errorf("Vary is %v", a.header.Values("Vary"))
		}
	})
	t.Run("lets any page in by a star", func(t *testing.T) {
		srv := start(t, setup{do: showing(t), config: rest.Config{CORSOrigins: []string{"*"}}})
		wantHeader(t, srv.send(t, "GET", aShowPath, "", header("Origin", origin)), "Access-Control-Allow-Origin", origin)
	})
}

func TestTimeLimit(t *testing.T) {
	waiting := func(ctx context.Context, _ inbound.GetShow) (*show.Show, error) {
		<-ctx.Done() // as what asks a server that does not answer
		return nil, fmt.Errorf("database: %w", ctx.Err())
	}
	srv := start(t, setup{do: inbound.UseCases{GetShow: does[inbound.GetShow, *show.Show](waiting)}, config: rest.Config{Timeout: 10 * time.Millisecond}})
	a := srv.send(t, "GET", aShowPath, "")
	a.refused(t, http.StatusServiceUnavailable, "unavailable")
	wantHeader(t, a, "Retry-After", "2")
}

func TestRateLimit(t *testing.T) {
	someRate := platform.Rate{PerSecond: 1, Burst: 3}
	allowAll := verdicts(func(string) (platform.RateDecision, error) {
		return platform.RateDecision{Allowed: true, Remaining: 2}, nil
	})

	t.Run("tells what is left, of each limit", func(t *testing.T) {
		srv := start(t, setup{do: showing(t), limiter: allowAll, config: rest.Config{AddressRate: someRate, ActorRate: someRate}})
		wantHeader(t, srv.send(t, "GET", aShowPath, "", as("alice")), "RateLimit", `"address";r=2, "actor";r=2`)
	})
	t.Run("refuses what is over it and tells when to come back", func(t *testing.T) {
		srv := start(t, setup{do: showing(t), config: rest.Config{ActorRate: someRate}, limiter: verdicts(func(key string) (platform.RateDecision, error) {
			if key != "actor:alice" {
				t.Errorf("counts %q", key)
			}
			return platform.RateDecision{RetryAfter: 1200 * time.Millisecond}, nil
		})})
		a := srv.send(t, "GET", aShowPath, "", as("alice"))
		a.refused(t, http.StatusTooManyRequests, "rate-limited")
		wantHeader(t, a, "Retry-After", "2")
		wantHeader(t, a, "RateLimit", `"actor";r=0;t=2`)
	})
	t.Run("counts an address before it verifies a token", func(t *testing.T) {
		srv := start(t, setup{config: rest.Config{AddressRate: someRate}, limiter: verdicts(func(string) (platform.RateDecision, error) {
			return platform.RateDecision{RetryAfter: time.Millisecond}, nil
		})})
		a := srv.send(t, "GET", aShowPath, "", as("mallory"))
		a.refused(t, http.StatusTooManyRequests, "rate-limited")
		wantHeader(t, a, "Retry-After", "1")
	})
	t.Run("does not count who is not known as an actor", func(t *testing.T) {
		srv := start(t, setup{do: showing(t), config: rest.Config{ActorRate: someRate}})
		if a := srv.send(t, "GET", aShowPath, ""); a.status != http.StatusOK {
			t.Errorf("got %d", a.status)
		}
	})
	t.Run("lets requests pass while the limiter is away, and reports it", func(t *testing.T) {
		srv := start(t, setup{do: showing(t), config: rest.Config{AddressRate: someRate}, limiter: verdicts(func(string) (platform.RateDecision, error) {
			return platform.RateDecision{}, ports.ErrUnavailable
		})})
		if a := srv.send(t, "GET", aShowPath, ""); a.status != http.StatusOK {
			t.Errorf("got %d", a.status)
		}
		if len(srv.reported()) != 1 {
			t.Errorf("reported %v", srv.reported())
		}
	})

	for _, tt := range []struct {
		name, remote, forwarded, want string
	}{
		{"the address of who calls", "203.0.113.9:4711", "", "203.0.113.9"},
		{"no address that a stranger claims", "203.0.113.9:4711", "198.51.100.1", "203.0.113.9"},
		{"the address that a trusted proxy tells", "10.0.0.1:4711", "198.51.100.1", "198.51.100.1"},
		{"the last address before the trusted proxies", "10.0.0.1:4711", "192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"a trusted proxy that tells nonsense", "10.0.0.1:4711", "unknown", "10.0.0.1"},
		{"an IPv6 network as one", "[2001:db8:1:2:3:4:5:6]:4711", "", "2001:db8:1:2::/64"},
		{"IPv4 in IPv6 as IPv4", "[::ffff:203.0.113.9]:4711", "", "203.0.113.9"},
	} {
		t.Run("counts "+tt.name, func(t *testing.T) {
			var got string
			srv := start(t, setup{
				do:     showing(t),
				config: rest.Config{AddressRate: someRate, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
				limiter: verdicts(func(key string) (platform.RateDecision, error) {
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
			srv.send(t, "GET", aShowPath, "", header("X-Forwarded-For", tt.forwarded))
			if got != "address:"+tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCompression(t *testing.T) {
	srv := start(t, setup{do: showing(t), config: rest.Config{Compress: true}})
	plain := srv.send(t, "GET", aShowPath+"/seats", "")

	t.Run("serves who accepts it", func(t *testing.T) {
		a := srv.send(t, "GET", aShowPath+"/seats", "", header("Accept-Encoding", "br;q=1.0, gzip"))
		wantHeader(t, a, "Content-Encoding", "gzip")
		wantHeader(t, a, "Vary", "Accept-Encoding")
		wantHeader(t, a, "ETag", plain.header.Get("ETag"))
		zipped, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(zipped); err != nil || !bytes.Equal(body, plain.body) || len(a.body) >= len(body) {
			t.Errorf("%d bytes became %d, %v", len(a.body), len(body), err)
		}
	})
	for name, changes := range map[string][]change{
		"nobody else":                         nil,
		"nobody who refuses it":               {header("Accept-Encoding", "gzip;q=0, *")},
		"nobody who accepts another":          {header("Accept-Encoding", "br")},
		"no HEAD":                             {header("Accept-Encoding", "gzip"), func(r *http.Request) { r.Method = "HEAD" }},
		"no answer that fits into one packet": {header("Accept-Encoding", "gzip"), func(r *http.Request) { r.URL.Path = aShowPath }},
	} {
		t.Run("serves "+name, func(t *testing.T) {
			a := srv.send(t, "GET", aShowPath+"/seats", "", changes...)
			wantHeader(t, a, "Content-Encoding", "")
			if a.status != http.StatusOK {
				t.Errorf("got %d", a.status)
			}
		})
	}
}

func TestCompressionIsOffUnlessAskedFor(t *testing.T) {
	srv := start(t, setup{do: showing(t)})
	a := srv.send(t, "GET", aShowPath+"/seats", "", header("Accept-Encoding", "gzip"))
	wantHeader(t, a, "Content-Encoding", "")
}

func TestConditionalRequest(t *testing.T) {
	srv := start(t, setup{do: showing(t)})
	first := srv.send(t, "GET", aShowPath+"/seats", "")
	tag := first.header.Get("ETag")
	wantHeader(t, first, "Cache-Control", "no-cache")

	for name, ifNoneMatch := range map[string]string{
		"the tag": tag, "a strong tag": strings.TrimPrefix(tag, "W/"), "a list with the tag": `"other", ` + tag, "a star": "*",
	} {
		t.Run("is answered without a body for "+name, func(t *testing.T) {
			a := srv.send(t, "GET", aShowPath+"/seats", "", header("If-None-Match", ifNoneMatch))
			wantHeader(t, a, "ETag", tag)
			wantHeader(t, a, "Cache-Control", "no-cache")
			if a.status != http.StatusNotModified || len(a.body) != 0 {
				t.Errorf("got %d: %s", a.status, a.body)
			}
		})
	}
	t.Run("is answered in full for another tag", func(t *testing.T) {
		if a := srv.send(t, "GET", aShowPath+"/seats", "", header("If-None-Match", `"other"`)); a.status != http.StatusOK {
			t.Errorf("got %d", a.status)
		}
	})
	t.Run("is answered in full once a seat is sold", func(t *testing.T) {
		sold := booking.Claims{}
		sh := aShow(t)
		srv := start(t, setup{do: inbound.UseCases{GetSeatMap: does[inbound.GetSeatMap, booking.SeatMap](
			func(context.Context, inbound.GetSeatMap) (booking.SeatMap, error) {
				return booking.NewSeatMap(sh, sold)
			})}})
		before := srv.send(t, "GET", aShowPath+"/seats", "")
		sold["A-1"] = booking.StatusConfirmed
		after := srv.send(t, "GET", aShowPath+"/seats", "", header("If-None-Match", before.header.Get("ETag")))
		var got rest.SeatMap
		decode(t, after, &got)
		if after.status != http.StatusOK || got.Seats[0].Status != rest.SeatStatusSold || after.header.Get("ETag") == before.header.Get("ETag") {
			t.Errorf("got %d %v: %s", after.status, after.header, after.body)
		}
	})
}

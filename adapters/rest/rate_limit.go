package rest

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"example.com/portico/ports/platform"
)

var errRateLimited = errors.New("too many requests")

// limitRate refuses requests that exceed the rate for their key. Requests for which keyOf
// returns "" are not limited. If the limiter fails, requests are not limited, so that the
// API remains available.
func limitRate(limiter platform.RateLimiter, name string, rate platform.Rate, keyOf func(*http.Request) string, problems problemWriter) middleware {
	return func(next http.Handler) http.Handler {
		if rate == (platform.Rate{}) {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key := keyOf(r)
			if key == "" {
				next.ServeHTTP(w, r)
				return
			}
			decision, err := limiter.Allow(r.Context(), name+":"+key, rate)
			if err != nil && r.Context().Err() == nil {
				problems.report(r.Context(), fmt.Errorf("limit rate by %s: %w", name, err))
			}
			if err != nil {
				next.ServeHTTP(w, r)
				return
			}
			remaining := fmt.Sprintf("%q;r=%d", name, decision.Remaining)
			if decision.Allowed {
				w.Header().Add("RateLimit", remaining)
				next.ServeHTTP(w, r)
				return
			}
			seconds := strconv.Itoa(max(1, int(math.Ceil(decision.RetryAfter.Seconds()))))
			w.Header().Add("RateLimit", remaining+";t="+seconds)
			w.Header().Set("Retry-After", seconds)
			problems.write(w, r, errRateLimited)
		})
	}
}

func byActor(r *http.Request) string { return string(ActorOf(r.Context()).ID()) }

// byAddress identifies clients by their address. It uses the first 64 bits of an IPv6
// address, because one client usually has the whole /64 network.
func byAddress(proxies []netip.Prefix) func(*http.Request) string {
	return func(r *http.Request) string {
		address := clientAddress(r, proxies)
		if address.Is6() {
			network, _ := address.Prefix(64) // fails only for an invalid length
			return network.String()
		}
		return address.String()
	}
}

// clientAddress returns the last address before the trusted proxies, because addresses
// further to the left in X-Forwarded-For may be forged.
func clientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	address := remoteAddress(r)
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(forwarded) {
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if !isTrusted(address, proxies) || err != nil {
			break
		}
		address = before
	}
	return address.Unmap().WithZone("")
}

// remoteAddress returns the address of the connection. All invalid addresses count as one
// client.
func remoteAddress(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, _ := netip.ParseAddr(host)
	return address
}

func isTrusted(address netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}

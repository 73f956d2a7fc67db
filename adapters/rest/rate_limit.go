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

// limitRate refuses more than rate from each of those that by tells apart; it
// leaves alone what by has no name for. A limiter that does not answer limits
// nothing: it is there to protect the server, not to close it.
func limitRate(limiter platform.RateLimiter, name string, rate platform.Rate, by func(*http.Request) string, failures failures) middleware {
	return func(next http.Handler) http.Handler {
		if rate == (platform.Rate{}) {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who := by(r)
			if who == "" {
				next.ServeHTTP(w, r)
				return
			}
			verdict, err := limiter.Allow(r.Context(), name+":"+who, rate)
			if err != nil {
				failures.report(r.Context(), fmt.Errorf("limit rate by %s: %w", name, err))
				next.ServeHTTP(w, r)
				return
			}
			left := fmt.Sprintf("%q;r=%d", name, verdict.Remaining)
			if verdict.Allowed {
				w.Header().Add("RateLimit", left)
				next.ServeHTTP(w, r)
				return
			}
			seconds := strconv.Itoa(max(1, int(math.Ceil(verdict.RetryAfter.Seconds()))))
			w.Header().Add("RateLimit", left+";t="+seconds)
			w.Header().Set("Retry-After", seconds)
			failures.answer(w, r, errRateLimited)
		})
	}
}

func byActor(r *http.Request) string { return string(actorOf(r.Context()).ID()) }

// byAddress tells clients apart by their address. In IPv6 that is the first 64
// bits: whoever has one address has the 2^64 beside it too.
func byAddress(proxies []netip.Prefix) func(*http.Request) string {
	return func(r *http.Request) string {
		address := clientAddress(r, proxies)
		if address.Is6() {
			network, _ := address.Prefix(64) // no address is shorter
			return network.String()
		}
		return address.String()
	}
}

// clientAddress is the nearest address on the request's way that is not a
// trusted proxy's. What stands further to the left in X-Forwarded-For, anybody
// could have written.
func clientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, _ := netip.ParseAddr(host) // the zero address is one client like any other
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(forwarded) {
		trusted := slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if !trusted || err != nil {
			break
		}
		address = before
	}
	return address.Unmap().WithZone("")
}

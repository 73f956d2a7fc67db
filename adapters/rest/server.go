// Package rest serves the application over HTTP, as api/openapi.yaml says.
//
// A request passes, in this order: compression, request id, recovery from
// panics, the time limit, the host check, CORS, the limit by address, authentication, the limit
// by actor, the limit of the body's size, the router, the contract, and then
// its handler, which turns it into a command or query and the result into JSON.
// Whatever fails on the way ends in one table of problems.
package rest

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"example.com/portico/api"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

//go:generate ../../.bin/oapi-codegen -config oapi-codegen.yaml ../../api/openapi.yaml

const (
	basePath = "/api/v1"
	maxBody  = 1 << 20 // bytes
)

// Config is what a deployment decides.
type Config struct {
	// CORSOrigins are the web origins whose pages may call the API, such as
	// "https://tickets.example", or "*" for all. None turns CORS off.
	CORSOrigins []string
	// TrustedHosts are the names, without port, under which the server may be
	// called. None means any.
	TrustedHosts []string
	// TrustedProxies are believed about who they forward for
	// (X-Forwarded-For). Behind a proxy that is not among them, all clients
	// share the proxy's rate limit.
	TrustedProxies []netip.Prefix
	// Compress sends JSON and text gzipped to those who accept it.
	Compress bool
	// AddressRate limits the requests from one address, ActorRate those of one
	// known actor. The zero rate is no limit.
	AddressRate, ActorRate platform.Rate
	// Timeout is how long an answer may take, to its last byte. Who waits for
	// what does not come by then is told that it is unavailable. Zero is no limit.
	Timeout time.Duration
}

// middleware is what a request passes on its way to its handler.
type middleware = func(http.Handler) http.Handler

// failFunc answers a request that failed.
type failFunc = func(w http.ResponseWriter, r *http.Request, err error)

// serve puts the contract's operations, which mount adds to a router, behind
// all that a request passes, beside the pages about the contract.
func serve(config Config, tokens platform.Tokens, limiter platform.RateLimiter, failures failures, mount func(*mux.Router)) http.Handler {
	fail := failures.answer

	router := mux.NewRouter().SkipClean(true)
	router.Use(notePattern)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fail(w, r, ports.ErrNotFound) })
	router.MethodNotAllowedHandler = refuseMethod(router, fail)
	mount(router)
	guard(router, api.OpenAPI, fail)
	mountPages(router, failures)

	through := []middleware{
		keepPattern,
		identify,
		recoverPanics(failures),
		endAfter(config.Timeout),
		trustHosts(config.TrustedHosts, fail),
		allowOrigins(config.CORSOrigins),
		limitRate(limiter, "address", config.AddressRate, byAddress(config.TrustedProxies), failures),
		authenticate(tokens, fail),
		limitRate(limiter, "actor", config.ActorRate, byActor, failures),
		limitBody,
		headAsGet,
	}
	if config.Compress {
		through = append([]middleware{compress}, through...)
	}
	return pass(router, through...)
}

// pass puts a handler behind middleware, the first of which sees a request first.
func pass(h http.Handler, through ...middleware) http.Handler {
	for _, m := range slices.Backward(through) {
		h = m(h)
	}
	return h
}

func endAfter(timeout time.Duration) middleware {
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

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

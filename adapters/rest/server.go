// Package rest is the engine of an HTTP API. It checks requests against an
// OpenAPI document, answers errors with problem documents (RFC 9457), and does
// what every API needs, such as authentication, rate limits and an access log.
// A service adds its document, its handlers and its problem types.
package rest

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

const maxBody = 1 << 20 // bytes

// API is what a service adds to the engine.
type API struct {
	// Title is that of the documentation pages.
	Title string
	// Document is the OpenAPI document, in YAML.
	Document []byte
	// BasePath precedes every path of the document, such as "/api/v1".
	BasePath string
	// ProblemTypes are the service's own. They come after the engine's types of
	// the same status.
	ProblemTypes []ProblemType
	// Mount adds the operations of the document to the router. Handlers answer
	// errors with fail.
	Mount func(router *mux.Router, fail FailFunc)
}

// Config is what a deployment decides.
type Config struct {
	// CORSOrigins are the web origins whose pages may call the API, such as
	// "https://app.example", or "*" for all. Without origins, CORS is off.
	CORSOrigins []string
	// TrustedHosts are the names, without port, under which the server may be
	// called. Without names, any host is allowed.
	TrustedHosts []string
	// TrustedProxies are the proxies whose X-Forwarded-For header is trusted.
	// Behind any other proxy, all clients share the proxy's rate limit.
	TrustedProxies []netip.Prefix
	// Compress sends JSON and text gzipped to clients that accept it.
	Compress bool
	// AddressRate limits the requests from one address, ActorRate those of one
	// authenticated actor. The zero rate is no limit.
	AddressRate, ActorRate platform.Rate
	// Timeout is how long a response may take, to its last byte. Requests that
	// exceed it are answered with 503. Zero is no limit.
	Timeout time.Duration
	// Observe, unless nil, is called once per request, after the response.
	Observe func(context.Context, accesslog.Entry)
}

// middleware wraps the handler that follows it.
type middleware = func(http.Handler) http.Handler

// FailFunc answers a request that failed.
type FailFunc = func(w http.ResponseWriter, r *http.Request, err error)

// New serves an API. report receives the errors whose text the client does not
// see. New panics if the document is invalid or lacks a route that Mount adds:
// both are parts of the program.
func New(api API, config Config, tokens platform.Tokens, limiter platform.RateLimiter, report ports.ErrorReporter) http.Handler {
	problems := newProblemWriter(api.ProblemTypes, report)
	return chain(newRouter(api, problems), pipeline(config, tokens, limiter, problems)...)
}

// pipeline lists the middleware that every request passes, outermost first.
func pipeline(config Config, tokens platform.Tokens, limiter platform.RateLimiter, problems problemWriter) []middleware {
	return []middleware{
		withRequestID,
		trackRequest(config.Observe),
		compress(config.Compress),
		recoverPanics(problems),
		withTimeout(config.Timeout),
		require(trustedHost(config.TrustedHosts), problems.write),
		cors(config.CORSOrigins),
		limitRate(limiter, "address", config.AddressRate, byAddress(config.TrustedProxies), problems),
		require(authenticate(tokens), problems.write),
		limitRate(limiter, "actor", config.ActorRate, byActor, problems),
		limitBody,
		headAsGet,
	}
}

// newRouter leads to the operations of the document, each behind the checks that
// the document defines for it, and to the documentation pages.
func newRouter(api API, problems problemWriter) *mux.Router {
	router := mux.NewRouter().SkipClean(true)
	router.Use(noteRoute)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problems.write(w, r, ports.ErrNotFound) })
	router.MethodNotAllowedHandler = refuseMethod(router, problems.write)
	api.Mount(router, problems.write)
	validateRequests(router, api, problems.write)
	mountDocs(router, api, problems)
	return router
}

// chain puts a handler behind middleware, outermost first.
func chain(h http.Handler, layers ...middleware) http.Handler {
	for _, layer := range slices.Backward(layers) {
		h = layer(h)
	}
	return h
}

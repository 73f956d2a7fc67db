// Package rest implements the generic part of an HTTP API. It validates requests against
// an OpenAPI document, answers errors with problem documents (RFC 9457), and provides
// authentication, rate limits and an access log. A service adds its document, its
// handlers and its problem types.
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

// API describes the HTTP API of a service.
type API struct {
	// Title is the title of the documentation page.
	Title string
	// Document is the OpenAPI document, in YAML. Each request body must have
	// x-max-body-bytes, its maximum size. An operation may have x-roles, the roles that
	// may call it. The operations with x-costly: true are handled one at a time for each
	// actor, and four at a time for each address without tokens.
	Document []byte
	// BasePath, such as "/api/v1", precedes every path of the document.
	BasePath string
	// ProblemTypes are the service's own types. They come after the generic types of the
	// same status.
	ProblemTypes []ProblemType
	// Mount adds the operations of the document to the router. The handlers call the
	// function fail with their errors.
	Mount func(router *mux.Router, fail FailFunc)
}

// Config holds the settings of a deployment.
type Config struct {
	// CORSOrigins are the web origins whose pages may call the API, such as
	// "https://app.example", or "*" for all. Without origins, CORS is off.
	CORSOrigins []string
	// TrustedHosts are the host names, without ports, that requests may use. An empty list
	// allows any host.
	TrustedHosts []string
	// TrustedProxies are the proxies whose X-Forwarded-For and X-Forwarded-Proto headers
	// are trusted. Behind any other proxy, all clients count as one address.
	TrustedProxies []netip.Prefix
	// HideDocs removes the OpenAPI document and the documentation page.
	HideDocs bool
	// Compress enables gzip for JSON and text, if the client accepts it.
	Compress bool
	// AddressRate limits the requests from one address, and ActorRate those of one
	// authenticated actor. The zero rate means no limit.
	AddressRate, ActorRate platform.Rate
	// Timeout limits the time to handle a request. A request that exceeds it is answered
	// with 503, or aborted if its response has started. Zero means no limit.
	Timeout time.Duration
	// Observe, unless nil, is called once per request, after the response.
	Observe func(context.Context, accesslog.Entry)
}

// middleware wraps the handler that follows it.
type middleware = func(http.Handler) http.Handler

// FailFunc answers a request that failed.
type FailFunc = func(w http.ResponseWriter, r *http.Request, err error)

// New returns a handler that serves an API. It calls report with unexpected errors. New
// panics if the document is invalid or lacks a route that Mount adds, because these are
// programming errors.
func New(api API, config Config, tokens platform.Tokens, limiter platform.RateLimiter, report ports.ErrorReporter) http.Handler {
	problems := newProblemWriter(api.ProblemTypes, report)
	return chain(newRouter(api, config, problems), pipeline(config, tokens, limiter, problems)...)
}

// pipeline lists the middleware that every request passes through, outermost first.
func pipeline(config Config, tokens platform.Tokens, limiter platform.RateLimiter, problems problemWriter) []middleware {
	return []middleware{
		withRequestID,
		secureHeaders(config.TrustedProxies),
		trackRequest(config.Observe),
		compress(config.Compress),
		recoverPanics(problems),
		withTimeout(config.Timeout),
		require(trustedHost(config.TrustedHosts), problems.write),
		require(plainPath, problems.write),
		cors(config.CORSOrigins),
		limitRate(limiter, "address", config.AddressRate, byAddress(config.TrustedProxies), problems),
		require(authenticate(tokens), problems.write),
		limitRate(limiter, "actor", config.ActorRate, byActor, problems),
		headAsGet,
	}
}

// newRouter returns a router for the operations of the document, including their checks,
// for the descriptions of problems and, unless config hides it, for the documentation.
func newRouter(api API, config Config, problems problemWriter) *mux.Router {
	router := mux.NewRouter().SkipClean(true)
	router.Use(noteRoute)
	router.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problems.write(w, r, ports.ErrNotFound) })
	router.MethodNotAllowedHandler = refuseMethod(router, problems.write)
	api.Mount(router, problems.write)
	inTurn := newTurns().inTurn(byAddress(config.TrustedProxies), problems.write)
	validateRequests(router, api, inTurn, problems.write)
	mountProblems(router, problems)
	if !config.HideDocs {
		mountDocs(router, api, inTurn)
	}
	return router
}

// chain wraps a handler in middleware, outermost first.
func chain(h http.Handler, layers ...middleware) http.Handler {
	for _, layer := range slices.Backward(layers) {
		h = layer(h)
	}
	return h
}

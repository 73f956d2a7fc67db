// Package boxofficeapi serves the HTTP API that api/openapi.yaml defines. Its handlers
// turn requests into commands and queries, and results into JSON. Package rest implements
// the generic part.
package boxofficeapi

import (
	"net/http"

	"github.com/gorilla/mux"

	"example.com/portico/adapters/internal/boundedmap"
	"example.com/portico/adapters/rest"
	"example.com/portico/api"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

//go:generate ../../../.bin/oapi-codegen -config oapi-codegen.yaml ../../../api/openapi.yaml

const basePath = "/api/v1"

// New returns a handler that serves the use cases. It calls report with unexpected
// errors.
func New(uc inbound.UseCases, tokens platform.Tokens, limiter platform.RateLimiter, config rest.Config, report ports.ErrorReporter) http.Handler {
	return rest.New(rest.API{
		Title:        "Portico",
		Document:     api.OpenAPI,
		BasePath:     basePath,
		ProblemTypes: problemTypes,
		Mount: func(router *mux.Router, fail rest.FailFunc) {
			// The generated code rejects some requests that conform to the document, such
			// as those that repeat a parameter or write an integer as 1.0.
			refuse := func(w http.ResponseWriter, r *http.Request, err error) {
				fail(w, r, rest.BadRequest(err.Error()))
			}
			server := &boxOffice{uc, boundedmap.New[show.ID](maxSeatMaps, encodedSeatMap.size)}
			handlers := NewStrictHandlerWithOptions(server, nil, StrictHTTPServerOptions{
				RequestErrorHandlerFunc:  refuse,
				ResponseErrorHandlerFunc: fail,
			})
			HandlerWithOptions(handlers, GorillaServerOptions{
				BaseURL:          basePath,
				BaseRouter:       router,
				ErrorHandlerFunc: refuse,
			})
		},
	}, config, tokens, limiter, report)
}

// boxOffice handles the operations of the API.
type boxOffice struct {
	useCases inbound.UseCases
	seatMaps *boundedmap.Map[show.ID, encodedSeatMap]
}

var _ StrictServerInterface = (*boxOffice)(nil)

func moneyOf(m money.Money) Money {
	return Money{Amount: m.Amount(), Currency: m.Currency().String()}
}

func text[S ~string](value S) string { return string(value) }

// each converts the items of a list. It never returns nil, because encoding/json writes
// nil as null.
func each[T, U any](values []T, convert func(T) U) []U {
	converted := make([]U, len(values))
	for i, v := range values {
		converted[i] = convert(v)
	}
	return converted
}

package rest

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"example.com/portico/domain/money"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// New serves the use cases. Report is told of each error that the caller learns
// nothing about.
func New(do inbound.UseCases, tokens platform.Tokens, limiter platform.RateLimiter, config Config, report func(context.Context, error)) http.Handler {
	failures := failures{kinds: problems, report: report}
	// What satisfies the contract and still does not fit the generated types: a
	// parameter that comes twice, an integer written as 1.0.
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		failures.answer(w, r, &malformed{detail: err.Error()})
	}
	return serve(config, tokens, limiter, failures, func(router *mux.Router) {
		handlers := NewStrictHandlerWithOptions(&boxOffice{do: do}, nil, StrictHTTPServerOptions{
			RequestErrorHandlerFunc:  refuse,
			ResponseErrorHandlerFunc: failures.answer,
		})
		HandlerWithOptions(handlers, GorillaServerOptions{
			BaseURL:          basePath,
			BaseRouter:       router,
			ErrorHandlerFunc: refuse,
		})
	})
}

// boxOffice turns requests into commands and queries, and results into answers.
type boxOffice struct {
	do       inbound.UseCases
	seatMaps seatMaps
}

var _ StrictServerInterface = (*boxOffice)(nil)

func moneyOf(m money.Money) Money {
	return Money{Amount: m.Amount(), Currency: m.Currency().String()}
}

func texts[S ~string](values []S) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

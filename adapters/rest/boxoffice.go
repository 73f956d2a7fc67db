package rest

import (
	"context"
	"io"
	"net/http"

	"github.com/gorilla/mux"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// UseCases are what the API offers, one for each operation of the contract.
type UseCases struct {
	CreateShow      inbound.UseCase[inbound.CreateShow, *show.Show]
	OpenShow        inbound.UseCase[inbound.OpenShow, *show.Show]
	CancelShow      inbound.UseCase[inbound.CancelShow, *show.Show]
	GetShow         inbound.UseCase[inbound.GetShow, *show.Show]
	ListShows       inbound.UseCase[inbound.ListShows, inbound.Page[*show.Show]]
	GetSeatMap      inbound.UseCase[inbound.GetSeatMap, booking.SeatMap]
	HoldSeats       inbound.UseCase[inbound.HoldSeats, *booking.Booking]
	RequestPayment  inbound.UseCase[inbound.RequestPayment, *booking.Booking]
	CancelBooking   inbound.UseCase[inbound.CancelBooking, *booking.Booking]
	GetBooking      inbound.UseCase[inbound.GetBooking, *booking.Booking]
	ListBookings    inbound.UseCase[inbound.ListBookings, inbound.Page[*booking.Booking]]
	ListTickets     inbound.UseCase[inbound.ListTickets, []*ticket.Ticket]
	DownloadTickets inbound.UseCase[inbound.DownloadTickets, io.ReadCloser]
	AdmitTicket     inbound.UseCase[inbound.AdmitTicket, *ticket.Ticket]
}

// New serves the use cases. Report is told of each error that the caller learns
// nothing about.
func New(do UseCases, tokens outbound.Tokens, limiter outbound.RateLimiter, config Config, report func(context.Context, error)) http.Handler {
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
	do       UseCases
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

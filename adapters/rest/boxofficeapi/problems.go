package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
)

// problems is the one place that knows what becomes of an error. The first kind
// that knows the error has it.
var problems = []kind{
	{
		slug: "malformed-request", status: http.StatusBadRequest, title: "Malformed request",
		means: "The request does not have the shape that the contract gives it: it is no JSON, has a field that the contract lacks or a value of another type, or lacks a header or parameter. Sending it again will not help. Where it is known, errors tells what is wrong and where.",
		of: as(func(e *malformed, p *Problem) {
			p.Detail, p.Errors = e.detail, e.fields
		}),
	},
	{
		slug: "unauthenticated", status: http.StatusUnauthorized, title: "Unauthenticated",
		means: "There is no bearer token where one is needed, or the token is not valid: it may have expired.",
		of:    is(actor.ErrAnonymous, ports.ErrUnauthenticated),
	},
	{
		slug: "forbidden", status: http.StatusForbidden, title: "Forbidden",
		means: "The token is valid, but this is for another role.",
		of:    is(actor.ErrForbidden),
	},
	{
		slug: "not-found", status: http.StatusNotFound, title: "Not found",
		means: "There is nothing by that name, or it belongs to someone else.",
		of:    is(ports.ErrNotFound),
	},
	{
		slug: "method-not-allowed", status: http.StatusMethodNotAllowed, title: "Method not allowed",
		means: "The path exists, but not with this method. The Allow header names those that it knows.",
		of:    is(errMethodNotAllowed),
	},
	{
		slug: "seats-taken", status: http.StatusConflict, title: "Seats taken",
		means: "Someone else holds or has bought some of the seats; taken names them. None of the seats was held for you. Choose others.",
		of:    as(func(e *booking.SeatsTakenError, p *Problem) { p.Taken = texts(e.Labels) }),
	},
	{
		slug: "hold-expired", status: http.StatusConflict, title: "Hold expired",
		means: "The time to pay is over and the seats are free again. Hold them anew.",
		of:    is(booking.ErrHoldExpired),
	},
	{
		slug: "booking-not-payable", status: http.StatusConflict, title: "Booking not payable",
		means: "Only a booking that is held can be paid for. Read it to see how it stands: it may be paid for already.",
		of: as(func(e *booking.NotPayableError, p *Problem) {
			p.Detail = "The booking is " + e.Status.String() + "."
		}),
	},
	{
		slug: "booking-not-cancellable", status: http.StatusConflict, title: "Booking not cancellable",
		means: "A booking can be cancelled while it is held and, once it is confirmed, until the show starts. While a payment is under way, wait for its outcome.",
		of: as(func(e *booking.NotCancellableError, p *Problem) {
			p.Detail = "The booking is " + e.Status.String() + ": " + e.Reason + "."
		}),
	},
	{
		slug: "show-not-on-sale", status: http.StatusConflict, title: "Show not on sale",
		means: "The show is a draft, was cancelled or has started, so that this cannot be done with it.",
		of: as(func(e *show.NotOnSaleError, p *Problem) {
			p.Detail = "The show is " + strings.ReplaceAll(e.Status.String(), "_", " ") + "."
			if e.Started {
				p.Detail = "The show has started."
			}
		}),
	},
	{
		slug: "already-admitted", status: http.StatusConflict, title: "Already admitted",
		means: "The ticket has let somebody in before. It lets nobody in a second time.",
		of: as(func(e *ticket.AlreadyAdmittedError, p *Problem) {
			p.Detail = "The ticket was used at " + e.At.UTC().Format(time.RFC3339) + "."
		}),
	},
	{
		slug: "ticket-void", status: http.StatusConflict, title: "Ticket void",
		means: "The booking of the ticket was cancelled.",
		of:    is(ticket.ErrVoid),
	},
	{
		slug: "request-too-large", status: http.StatusRequestEntityTooLarge, title: "Request too large",
		means: "The body is over 1 MiB.",
		of:    as(func(*http.MaxBytesError, *Problem) {}),
	},
	{
		slug: "unsupported-media-type", status: http.StatusUnsupportedMediaType, title: "Unsupported media type",
		means: "The body is to be JSON, with the header Content-Type: application/json.",
		of:    is(errMediaType),
	},
	{
		slug: "invalid", status: http.StatusUnprocessableEntity, title: "Invalid",
		means: "The request has the right shape, but some of its values are not allowed; errors lists them all.",
		of: either(
			as(func(e *notAllowed, p *Problem) { p.Errors = e.fields }),
			as(func(e *invalid.Error, p *Problem) {
				for _, wrong := range e.Problems {
					p.Errors = append(p.Errors, FieldError{Pointer: "/" + wrong.Field, Detail: wrong.Detail})
				}
			}),
		),
	},
	{
		slug: "idempotency-key-reused", status: http.StatusUnprocessableEntity, title: "Idempotency key reused",
		means: "The Idempotency-Key came before with another request. Choose a new key for each booking that you mean to make.",
		of:    is(ports.ErrIdempotencyKeyReused),
	},
	{
		slug: "rate-limited", status: http.StatusTooManyRequests, title: "Rate limited",
		means: "Too many requests from this address or caller. Wait for as many seconds as Retry-After says.",
		of:    is(errRateLimited),
	},
	internal,
	{
		slug: "unavailable", status: http.StatusServiceUnavailable, title: "Unavailable",
		means: "Something that the server needs does not answer in time. Send the request again after as many seconds as Retry-After says, with the same Idempotency-Key if it had one.",
		of:    is(ports.ErrUnavailable, context.DeadlineExceeded),
	},
}

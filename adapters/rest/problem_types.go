package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/invalid"
	"example.com/portico/ports"
)

// ProblemType is a type of problem, described at /problems/SLUG.
type ProblemType struct {
	Slug   string
	Status int
	Title  string
	// Description explains the problem to developers of clients.
	Description string
	// Match reports whether err is of this type. If so, it copies the error's details to
	// p. The first type that matches is used.
	Match func(err error, p *Problem) bool
}

// MatchIs returns a Match function that uses [errors.Is].
func MatchIs(targets ...error) func(error, *Problem) bool {
	return func(err error, _ *Problem) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
}

// MatchAs returns a Match function for errors of type E. fill copies their details.
func MatchAs[E error](fill func(E, *Problem)) func(error, *Problem) bool {
	return func(err error, p *Problem) bool {
		e, ok := errors.AsType[E](err)
		if ok {
			fill(e, p)
		}
		return ok
	}
}

// matchAny combines two Match functions.
func matchAny(one, other func(error, *Problem) bool) func(error, *Problem) bool {
	return func(err error, p *Problem) bool { return one(err, p) || other(err, p) }
}

// badRequestError means that a request does not have the shape that the contract defines.
type badRequestError struct {
	detail string
	fields []FieldError
}

func (e *badRequestError) Error() string { return "bad request: " + e.detail }

// BadRequest returns an error for the problem "malformed-request" with the given detail.
func BadRequest(detail string) error { return &badRequestError{detail: detail} }

// unprocessableError means that a request has the right shape, but invalid values.
type unprocessableError struct{ fields []FieldError }

func (e *unprocessableError) Error() string { return fmt.Sprintf("values not allowed: %v", e.fields) }

// internal is the problem type of every error that no other type matches.
var internal = ProblemType{
	Slug: "internal", Status: http.StatusInternalServerError, Title: "Internal error",
	Description: "The server failed. Quote the X-Request-ID of the response to its operator.",
}

// genericProblemTypes are the problem types that every service has.
var genericProblemTypes = []ProblemType{
	{
		Slug: "malformed-request", Status: http.StatusBadRequest, Title: "Malformed request",
		Description: "The request does not have the shape that the contract defines: it is not valid JSON, has an unknown field or a value of the wrong type, or lacks a header or parameter. Repeating it will not help. The member errors, if present, says what is wrong and where.",
		Match: MatchAs(func(e *badRequestError, p *Problem) {
			p.Detail, p.Errors = e.detail, e.fields
		}),
	},
	{
		Slug: "unauthenticated", Status: http.StatusUnauthorized, Title: "Unauthenticated",
		Description: "The bearer token is missing where one is required, or it is invalid: it may have expired.",
		Match:       MatchIs(actor.ErrAnonymous, ports.ErrUnauthenticated),
	},
	{
		Slug: "forbidden", Status: http.StatusForbidden, Title: "Forbidden",
		Description: "The token is valid, but its role does not allow this request.",
		Match:       MatchIs(actor.ErrForbidden),
	},
	{
		Slug: "not-found", Status: http.StatusNotFound, Title: "Not found",
		Description: "Nothing by that name exists, or it belongs to someone else.",
		Match:       MatchIs(ports.ErrNotFound),
	},
	{
		Slug: "method-not-allowed", Status: http.StatusMethodNotAllowed, Title: "Method not allowed",
		Description: "The path exists, but not with this method. The Allow header lists its methods.",
		Match:       MatchIs(errMethodNotAllowed),
	},
	{
		Slug: "request-too-large", Status: http.StatusRequestEntityTooLarge, Title: "Request too large",
		Description: "The body is larger than the operation's limit, which is x-max-body-bytes in the OpenAPI document.",
		Match: MatchAs(func(e *http.MaxBytesError, p *Problem) {
			p.Detail = fmt.Sprintf("The limit is %d bytes.", e.Limit)
		}),
	},
	{
		Slug: "unsupported-media-type", Status: http.StatusUnsupportedMediaType, Title: "Unsupported media type",
		Description: "The body must be JSON in UTF-8, with the header Content-Type: application/json, and must not be compressed.",
		Match:       MatchIs(errMediaType),
	},
	{
		Slug: "invalid", Status: http.StatusUnprocessableEntity, Title: "Invalid",
		Description: "The request has the right shape, but some of its values are not allowed. The member errors lists them. If there are too many, it lists only the first ones, and the member detail says so.",
		Match: matchAny(
			MatchAs(func(e *unprocessableError, p *Problem) { p.Errors = e.fields }),
			MatchAs(func(e *invalid.Error, p *Problem) {
				for _, wrong := range e.Problems {
					p.Errors = append(p.Errors, FieldError{Pointer: "/" + wrong.Field, Detail: wrong.Detail})
				}
			}),
		),
	},
	{
		Slug: "idempotency-key-reused", Status: http.StatusUnprocessableEntity, Title: "Idempotency key reused",
		Description: "The Idempotency-Key was used before, with a different request. Choose a new key for each new request.",
		Match:       MatchIs(ports.ErrIdempotencyKeyReused),
	},
	{
		Slug: "rate-limited", Status: http.StatusTooManyRequests, Title: "Rate limited",
		Description: "Too many requests from this address or caller. Wait for the number of seconds that Retry-After gives.",
		Match:       MatchIs(errRateLimited),
	},
	internal,
	{
		Slug: "unavailable", Status: http.StatusServiceUnavailable, Title: "Unavailable",
		Description: "A service that the server needs did not answer in time. Retry after the number of seconds that Retry-After gives, with the same Idempotency-Key if the request had one.",
		Match:       MatchIs(ports.ErrUnavailable, context.DeadlineExceeded),
	},
}

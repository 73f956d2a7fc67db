package boxofficeapi

import (
	"net/http"
	"strings"
	"time"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// problemTypes are the box office's own problem types. Package rest defines the generic
// ones.
var problemTypes = []rest.ProblemType{
	{
		Slug: "seats-taken", Status: http.StatusConflict, Title: "Seats taken",
		Description: "Someone else has held or bought some of the seats; the member taken lists them. None of the seats was held for you. Choose others.",
		Match: rest.MatchAs(func(e *booking.SeatsTakenError, p *rest.Problem) {
			p.Extensions = map[string]any{"taken": each(e.Labels, text)}
		}),
	},
	{
		Slug: "hold-expired", Status: http.StatusConflict, Title: "Hold expired",
		Description: "The time to pay is over and the seats are free again. Hold them again.",
		Match:       rest.MatchIs(booking.ErrHoldExpired),
	},
	{
		Slug: "booking-not-payable", Status: http.StatusConflict, Title: "Booking not payable",
		Description: "Only a booking that is held can be paid for. Read the booking to see its status: it may be paid for already.",
		Match: rest.MatchAs(func(e *booking.NotPayableError, p *rest.Problem) {
			p.Detail = "The booking is " + e.Status.String() + "."
		}),
	},
	{
		Slug: "too-many-attempts", Status: http.StatusConflict, Title: "Too many attempts",
		Description: "All attempts to pay for this booking were declined. Cancel it, or wait until its hold expires, and hold the seats again.",
		Match:       rest.MatchIs(booking.ErrTooManyAttempts),
	},
	{
		Slug: "limit-reached", Status: http.StatusConflict, Title: "Limit reached",
		Description: "The customer has reached a limit on unpaid bookings, their seats, new bookings or payments in progress. The member detail names the limit. Pay for a booking or cancel it first, or wait a minute.",
		Match: rest.MatchAs(func(e *booking.LimitError, p *rest.Problem) {
			p.Detail = "You may have " + e.Limit + "."
		}),
	},
	{
		Slug: "booking-not-cancellable", Status: http.StatusConflict, Title: "Booking not cancellable",
		Description: "A booking can be cancelled while it is held and, once it is confirmed, until the show starts. While a payment is in progress, wait for its outcome.",
		Match: rest.MatchAs(func(e *booking.NotCancellableError, p *rest.Problem) {
			p.Detail = "The booking is " + e.Status.String() + ": " + e.Reason + "."
		}),
	},
	{
		Slug: "too-many-drafts", Status: http.StatusConflict, Title: "Too many drafts",
		Description: "The organisation has reached its limit of drafts. Put some of them on sale, or cancel them.",
		Match:       rest.MatchIs(show.ErrTooManyDrafts),
	},
	{
		Slug: "show-not-on-sale", Status: http.StatusConflict, Title: "Show not on sale",
		Description: "The show is a draft, was cancelled or has started, and this request needs a show on sale.",
		Match: rest.MatchAs(func(e *show.NotOnSaleError, p *rest.Problem) {
			p.Detail = "The show is " + strings.ReplaceAll(e.Status.String(), "_", " ") + "."
			if e.Started {
				p.Detail = "The show has started."
			}
		}),
	},
	{
		Slug: "already-admitted", Status: http.StatusConflict, Title: "Already admitted",
		Description: "The ticket was used before. It admits only once.",
		Match: rest.MatchAs(func(e *ticket.AlreadyAdmittedError, p *rest.Problem) {
			p.Detail = "The ticket was used at " + e.At.UTC().Format(time.RFC3339) + "."
		}),
	},
	{
		Slug: "ticket-void", Status: http.StatusConflict, Title: "Ticket void",
		Description: "The booking of the ticket was cancelled.",
		Match:       rest.MatchIs(ticket.ErrVoid),
	},
}

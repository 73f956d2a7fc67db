// Package outbound defines the interfaces that the box office needs. The comment on an
// interface is its contract, which the suites in tests/contract check.
package outbound

import (
	"context"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// The stores Shows, Bookings and Tickets are durable and shared (see package platform).
// Every method is atomic. A method that changes an aggregate also stores the aggregate's
// recorded events, with the correlation id of the context. Callers may modify returned
// values. Times are in UTC, to the microsecond. If the context ends, a method returns the
// context's error and changes nothing. Every method may return ErrUnavailable.
//
// The function passed to Update must be pure, because it may be called more than once. If
// the function fails, Update changes nothing and returns the function's error.

// Shows stores shows.
type Shows interface {
	// Add stores a new show. Errors: ErrExists.
	Add(ctx context.Context, s *show.Show) error
	// Get returns a show. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (*show.Show, error)
	// Update changes a show and returns its new state. Errors: ErrNotFound.
	Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error)
	// WindUp marks the cancelled shows whose bookings have all ended, and returns the number
	// of shows that it marked. It marks a show if the show was on sale, was cancelled at this
	// time or earlier, and has no live booking.
	WindUp(ctx context.Context, cancelledBy time.Time) (int, error)
	// CountDrafts returns the number of an organisation's drafts.
	CountDrafts(ctx context.Context, org actor.Organisation) (int, error)
	// List returns up to q.Limit shows, newest id first.
	List(ctx context.Context, q ShowQuery) ([]show.Summary, error)
}

// ShowsOnSale reads a show before its seats are booked. Implementations may cache a show
// that is on sale, because it can only be cancelled, and Bookings.Add checks the status.
type ShowsOnSale interface {
	// Get returns a show, regardless of its status. Get may still return a cancelled show
	// as on sale. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (*show.Show, error)
}

// ShowQuery selects all shows that are or were on sale, and the other shows of one
// organisation: its drafts and its cancelled drafts.
type ShowQuery struct {
	UnopenedOf actor.Organisation // empty for no shows that were never on sale
	Text       string             // must occur in title or venue, ignoring the case of ASCII letters
	After      show.ID            // last id of the previous page
	Limit      int
}

// Bookings stores bookings, and the seats that live bookings claim.
type Bookings interface {
	// Add stores a booking, its events and the claims on its seats, all or nothing. If
	// the customer has already made a booking with the key, Add returns that booking,
	// regardless of its status. Add checks the key before anything else. Errors:
	// *booking.SeatsTakenError; ErrIdempotencyKeyReused if the key was used for another
	// show or other seats; *show.NotOnSaleError; ErrNotFound if there is no such show;
	// *booking.LimitError if the customer would exceed a limit on holds. Concurrent requests
	// cannot exceed it together.
	Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error)
	// Get returns a booking. Errors: ErrNotFound.
	Get(ctx context.Context, id booking.ID) (*booking.Booking, error)
	// ByKey returns the booking that the customer made with the key. Errors: ErrNotFound.
	ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error)
	// Update changes a booking, removes its claims if it is no longer live, and returns
	// its new state. Errors: ErrNotFound.
	Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error)
	// StartPayment is like Update, for a change that starts a payment. Errors:
	// *booking.LimitError if the customer would exceed the limit on payments. Concurrent
	// requests cannot exceed it together.
	StartPayment(ctx context.Context, id booking.ID, limits booking.Limits, change func(*booking.Booking) error) (*booking.Booking, error)
	// List returns up to q.Limit bookings, newest id first.
	List(ctx context.Context, q BookingQuery) ([]*booking.Booking, error)
	// ListDue returns up to limit bookings that d selects. Lapsed and paying bookings are in
	// ascending order of Since and ID, those of cancelled shows in ascending order of Show
	// and ID. To get the next page, pass the last booking of this page.
	ListDue(ctx context.Context, d DueFilter, after DueBooking, limit int) ([]DueBooking, error)
}

// BookingQuery selects bookings by customer, show or both. An empty field matches all.
type BookingQuery struct {
	Customer actor.ID
	Show     show.ID
	After    booking.ID // last id of the previous page
	Limit    int
}

// DueFilter selects bookings that wait for a job. Exactly one field is set.
type DueFilter struct {
	LapsedAt         time.Time // held, and the hold ends at this time or earlier
	PayingSince      time.Time // paying since this time or earlier
	OfCancelledShows bool      // held or confirmed, and the show is cancelled and not wound up
	OfCancelledShow  show.ID   // held or confirmed, and of this show, which is cancelled
}

// DueBooking is a booking that waits for a job.
type DueBooking struct {
	ID    booking.ID
	Show  show.ID
	Since time.Time // the end of the hold, or the start of the payment
}

// Tickets stores tickets.
type Tickets interface {
	// Add stores the tickets of a booking, all or nothing. Errors: ErrExists if a ticket
	// already exists with the same code, or for the same booking and seat.
	Add(ctx context.Context, tickets []*ticket.Ticket) error
	// ListByBooking returns the tickets of a booking, ordered by seat.
	ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error)
	// Update changes a ticket and returns its new state. Errors: ErrNotFound.
	Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error)
}

// SeatMaps reads seat maps, which may be seconds old.
type SeatMaps interface {
	// Get returns the seat map of a show. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (booking.SeatMap, error)
}

// Stores holds the stores of one transaction.
type Stores struct {
	Shows    Shows
	Bookings Bookings
	Tickets  Tickets
	Inbox    platform.Inbox
	Audit    platform.AuditLog
}

// UnitOfWork changes several aggregates in one transaction.
type UnitOfWork = platform.UnitOfWork[Stores]

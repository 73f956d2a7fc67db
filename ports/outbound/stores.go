// Package outbound holds what the application needs from the outside. The
// comment on an interface is its contract; tests/contract checks it on every
// adapter.
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

// What holds for Shows, Bookings and Tickets alike: they are durable and shared
// (see package platform). Every method is atomic by itself. A method that
// changes an aggregate stores the events that it recorded in the same step,
// under the correlation id of the context. What is returned is the
// caller's own: changing it changes nothing stored. Times come back in UTC, to
// the microsecond. A cancelled context ends a method with the context's error
// and no change; ErrUnavailable says that the store could not be reached.
//
// The function given to an Update may run more than once, so it is pure. When
// it fails, Update changes nothing and returns that error.

// Shows keeps shows.
type Shows interface {
	// Add stores a new show. Errors: ErrExists.
	Add(ctx context.Context, s *show.Show) error
	// Get finds a show. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (*show.Show, error)
	// Update changes a show and returns it as it is now. Errors: ErrNotFound.
	Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error)
	// List returns up to q.Limit shows, the newest id first.
	List(ctx context.Context, q ShowQuery) ([]*show.Show, error)
}

// ShowsOnSale finds shows for booking. Only the status of an opened show can
// change, so an implementation may cache it: Bookings.Add checks the status
// itself.
type ShowsOnSale interface {
	// Get finds a show, whatever its status. A show that it returns as on sale
	// may have been cancelled since. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (*show.Show, error)
}

// ShowQuery chooses from all shows that are no drafts, and the drafts of one
// organisation.
type ShowQuery struct {
	// DraftsOf adds an organisation's drafts; empty for none.
	DraftsOf actor.Organisation
	// Text is to be in the title or the venue, whatever the case of ASCII
	// letters; empty for any.
	Text string
	// After is the last id of the page before; empty for the first page.
	After show.ID
	Limit int
}

// Bookings keeps bookings and the seats that they claim: those of a live
// booking, from when it is added until it expires or is cancelled.
type Bookings interface {
	// Add claims b's seats and stores b with its events, all or nothing.
	// A key that already made a booking of this customer returns that booking
	// instead, whatever has become of it, and before anything else is looked at.
	// Errors: *booking.SeatsTakenError with the labels that others hold; ErrIdempotencyKeyReused when
	// the key came with a different request; *show.NotOnSaleError when the show was
	// called off meanwhile; ErrNotFound when there is no such show.
	Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error)
	// Get finds a booking. Errors: ErrNotFound.
	Get(ctx context.Context, id booking.ID) (*booking.Booking, error)
	// ByKey finds the booking that a customer's key made. Errors: ErrNotFound.
	ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error)
	// Update changes a booking, frees its seats if it is live no more, and
	// returns it as it is now. Errors: ErrNotFound.
	Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error)
	// List returns up to q.Limit bookings, the newest id first.
	List(ctx context.Context, q BookingQuery) ([]*booking.Booking, error)
	// Due returns up to limit ids of bookings that wait for a job, in
	// ascending order, after the id given.
	ListDue(ctx context.Context, d DueFilter, after booking.ID, limit int) ([]booking.ID, error)
}

// BookingQuery chooses by customer, by show, or by both. Empty means any.
type BookingQuery struct {
	Customer actor.ID
	Show     show.ID
	// After is the last id of the page before; empty for the first page.
	After booking.ID
	Limit int
}

// Due says which bookings wait for a job: all that any of its fields names.
type DueFilter struct {
	// LapsedAt names those held until this time or before; zero for none.
	LapsedAt time.Time
	// PayingSince names those paying since this time or before; zero for none.
	PayingSince time.Time
	// OfCancelledShows names the held and confirmed ones of shows that are cancelled.
	OfCancelledShows bool
}

// Tickets keeps tickets.
type Tickets interface {
	// Add stores the tickets of a booking, all or none. Errors: ErrExists when
	// a code or a seat of that booking has one already.
	Add(ctx context.Context, tickets []*ticket.Ticket) error
	// ListByBooking returns a booking's tickets by seat; none is no error.
	ListByBooking(ctx context.Context, id booking.ID) ([]*ticket.Ticket, error)
	// Update changes a ticket and returns it as it is now. Errors: ErrNotFound.
	Update(ctx context.Context, code ticket.Code, change func(*ticket.Ticket) error) (*ticket.Ticket, error)
}

// SeatMaps reads what is free, held and sold.
type SeatMaps interface {
	// Get returns a show's map. Errors: ErrNotFound.
	Get(ctx context.Context, id show.ID) (booking.SeatMap, error)
}

// Stores are the repositories that can change together.
type Stores struct {
	Shows    Shows
	Bookings Bookings
	Tickets  Tickets
	Inbox    platform.Inbox
}

// UnitOfWork changes several aggregates in one step.
type UnitOfWork = platform.UnitOfWork[Stores]

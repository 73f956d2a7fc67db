// Package inbound holds what the outside may ask of the application: commands,
// queries and reactions, and what they answer. Results are domain objects.
//
// Errors come from three places. The domain refuses (*invalid.Error,
// *show.NotOnSale, *booking.NotPayable, …), an actor may not
// (actor.ErrAnonymous, actor.ErrForbidden), or a port could not
// (outbound.ErrNotFound, *outbound.SeatsTaken, outbound.ErrUnavailable, …).
// Something that belongs to somebody else is outbound.ErrNotFound: nobody
// learns that it is there.
package inbound

import "context"

// UseCase is one thing that the application does for a command or query C,
// with a result R. An error means that nothing was changed.
type UseCase[C, R any] interface {
	Handle(ctx context.Context, command C) (R, error)
}

// Page is a part of a list. Next is what to give as After for the page that
// follows, empty on the last.
type Page[T any] struct {
	Items []T
	Next  string
}

// Done is the result of what has nothing to tell.
type Done struct{}

// MaxPage is how many items a page has at most.
const MaxPage = 100

// Swept is what a job found: how many things it has dealt with, and how many it
// had to leave for the next time. The error that may come with it tells of
// those left.
type Swept struct {
	Changed int
	Left    int
}

// RelayEvents hands stored events to the broker, one batch. Result: the number
// of events, an int; as long as it is a full batch there may be more.
type RelayEvents struct{}

// RelayBatch is how many events RelayEvents hands over at once.
const RelayBatch = 400

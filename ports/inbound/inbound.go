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

package inbound

import (
	"example.com/portico/domain/actor"
	"example.com/portico/domain/show"
)

// CreateShow makes a draft for the organiser's organisation. Result: *show.Show.
type CreateShow struct {
	Actor actor.Actor
	Spec  show.Spec
}

// OpenShow puts a show on sale. Result: *show.Show.
type OpenShow struct {
	Actor actor.Actor
	Show  show.ID
}

// CancelShow calls a show off; its bookings are cancelled and refunded after
// the answer. Result: *show.Show.
type CancelShow struct {
	Actor actor.Actor
	Show  show.ID
}

// GetShow asks for one show. Result: *show.Show.
type GetShow struct {
	Actor actor.Actor
	Show  show.ID
}

// ListShows asks for a page of shows, the newest first: all but the drafts of
// other organisations. Result: Page[*show.Show].
type ListShows struct {
	Actor actor.Actor
	// Text is to be in the title or the venue; empty for any.
	Text  string
	After show.ID
	// Limit is 1 to MaxPage.
	Limit int
}

// GetSeatMap asks what is free, held and sold. Result: booking.SeatMap.
type GetSeatMap struct {
	Actor actor.Actor
	Show  show.ID
}

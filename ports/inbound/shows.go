package inbound

import (
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// CreateShow makes a draft for the organiser's organisation.
type CreateShow struct {
	Actor actor.Actor
	Spec  show.Spec
}

type CreateShowUseCase = ports.UseCase[CreateShow, *show.Show]

// OpenShow puts a show on sale.
type OpenShow struct {
	Actor actor.Actor
	Show  show.ID
}

type OpenShowUseCase = ports.UseCase[OpenShow, *show.Show]

// CancelShow calls a show off; its bookings are cancelled and refunded after
// the answer.
type CancelShow struct {
	Actor actor.Actor
	Show  show.ID
}

type CancelShowUseCase = ports.UseCase[CancelShow, *show.Show]

// GetShow asks for one show.
type GetShow struct {
	Actor actor.Actor
	Show  show.ID
}

type GetShowUseCase = ports.UseCase[GetShow, *show.Show]

// ListShows asks for a page of shows, the newest first: all but the drafts of
// other organisations.
type ListShows struct {
	Actor actor.Actor
	// Text is to be in the title or the venue; empty for any.
	Text  string
	After show.ID
	// Limit is 1 to ports.MaxPage.
	Limit int
}

type ListShowsUseCase = ports.UseCase[ListShows, ports.Page[*show.Show]]

// GetSeatMap asks what is free, held and sold.
type GetSeatMap struct {
	Actor actor.Actor
	Show  show.ID
}

type GetSeatMapUseCase = ports.UseCase[GetSeatMap, booking.SeatMap]

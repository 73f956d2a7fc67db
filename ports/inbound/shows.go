package inbound

import (
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// CreateShow creates a draft show for the organiser's organisation.
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

// CancelShow cancels a show. Its bookings are cancelled and refunded later.
type CancelShow struct {
	Actor actor.Actor
	Show  show.ID
}
type CancelShowUseCase = ports.UseCase[CancelShow, *show.Show]

// GetShow returns a show.
type GetShow struct {
	Actor actor.Actor
	Show  show.ID
}
type GetShowUseCase = ports.UseCase[GetShow, *show.Show]

// ListShows returns a page of shows, newest first, without the drafts of other
// organisations.
type ListShows struct {
	Actor actor.Actor
	Text  string // must occur in the title or the venue
	After show.ID
	Limit int // 1 to ports.MaxPage
}
type ListShowsUseCase = ports.UseCase[ListShows, ports.Page[show.Summary]]

// GetSeatMap reports which seats of a show are free, held and sold.
type GetSeatMap struct {
	Actor actor.Actor
	Show  show.ID
}
type GetSeatMapUseCase = ports.UseCase[GetSeatMap, booking.SeatMap]

package application

import (
	"context"

	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type ListShows struct{ shows outbound.Shows }

func (uc *ListShows) Handle(ctx context.Context, q inbound.ListShows) (ports.Page[*show.Show], error) {
	if err := checkLimit(q.Limit); err != nil {
		return ports.Page[*show.Show]{}, err
	}
	wanted := outbound.ShowQuery{Text: q.Text, After: q.After, Limit: q.Limit + 1}
	if organiser, err := role.AsOrganiser(q.Actor); err == nil {
		wanted.DraftsOf = organiser.Organisation
	}
	shows, err := uc.shows.List(ctx, wanted)
	if err != nil {
		return ports.Page[*show.Show]{}, err
	}
	return page(shows, q.Limit, (*show.Show).ID), nil
}

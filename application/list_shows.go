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

func (uc *ListShows) Handle(ctx context.Context, q inbound.ListShows) (ports.Page[show.Summary], error) {
	wanted := outbound.ShowQuery{Text: q.Text, After: q.After}
	if organiser, err := role.AsOrganiser(q.Actor); err == nil {
		wanted.UnopenedOf = organiser.Organisation
	}
	return readPage(q.Limit, func(s show.Summary) show.ID { return s.ID }, func(limit int) ([]show.Summary, error) {
		wanted.Limit = limit
		return uc.shows.List(ctx, wanted)
	})
}

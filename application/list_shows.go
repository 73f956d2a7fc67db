package application

import (
	"context"

	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// ListShows lists the shows that are no drafts and, for an organiser, the
// drafts of the organisation.
type ListShows struct{ Shows outbound.Shows }

// Handle lists a page.
func (uc *ListShows) Handle(ctx context.Context, q inbound.ListShows) (inbound.Page[*show.Show], error) {
	if err := checkLimit(q.Limit); err != nil {
		return inbound.Page[*show.Show]{}, err
	}
	wanted := outbound.ShowQuery{Text: q.Text, After: q.After, Limit: q.Limit + 1}
	if organiser, err := q.Actor.AsOrganiser(); err == nil {
		wanted.DraftsOf = organiser.Organisation
	}
	shows, err := uc.Shows.List(ctx, wanted)
	if err != nil {
		return inbound.Page[*show.Show]{}, err
	}
	return page(shows, q.Limit, (*show.Show).ID), nil
}

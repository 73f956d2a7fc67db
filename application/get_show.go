package application

import (
	"context"

	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type GetShow struct{ shows outbound.Shows }

func (uc *GetShow) Handle(ctx context.Context, q inbound.GetShow) (*show.Show, error) {
	sh, err := uc.shows.Get(ctx, q.Show)
	if err != nil {
		return nil, err
	}
	if err := visibleTo(sh, q.Actor); err != nil {
		return nil, err
	}
	return sh, nil
}

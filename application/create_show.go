package application

import (
	"context"

	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type CreateShow struct {
	shows outbound.Shows
	clock platform.Clock
	ids   outbound.IDs
	// maxDrafts limits the drafts of an organisation. Concurrent requests may exceed it,
	// because each of them counts the drafts before the others are stored.
	maxDrafts int
}

func (uc *CreateShow) Handle(ctx context.Context, cmd inbound.CreateShow) (*show.Show, error) {
	organiser, err := role.AsOrganiser(cmd.Actor)
	if err != nil {
		return nil, err
	}
	sh, err := show.New(uc.ids.Show(), organiser, cmd.Spec, uc.clock.Now())
	if err != nil {
		return nil, err
	}
	drafts, err := uc.shows.CountDrafts(ctx, organiser.Organisation)
	if err != nil {
		return nil, err
	}
	if uc.maxDrafts > 0 && drafts >= uc.maxDrafts {
		return nil, show.ErrTooManyDrafts
	}
	if err := uc.shows.Add(ctx, sh); err != nil {
		return nil, err
	}
	return sh, nil
}

package application

import (
	"context"

	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type CancelShow struct {
	shows outbound.Shows
	clock platform.Clock
}

func (uc *CancelShow) Handle(ctx context.Context, cmd inbound.CancelShow) (*show.Show, error) {
	organiser, err := role.AsOrganiser(cmd.Actor)
	if err != nil {
		return nil, err
	}
	return uc.shows.Update(ctx, cmd.Show, func(sh *show.Show) error {
		if err := organisedBy(sh, organiser); err != nil {
			return err
		}
		return sh.Cancel(uc.clock.Now())
	})
}

package application

import (
	"context"

	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// OpenShow puts a show of the organiser's organisation on sale.
type OpenShow struct {
	Shows outbound.Shows
	Clock outbound.Clock
}

// Handle opens the show.
func (uc *OpenShow) Handle(ctx context.Context, cmd inbound.OpenShow) (*show.Show, error) {
	organiser, err := cmd.Actor.AsOrganiser()
	if err != nil {
		return nil, err
	}
	return uc.Shows.Update(ctx, cmd.Show, func(sh *show.Show) error {
		if err := organisedBy(sh, organiser); err != nil {
			return err
		}
		return sh.Open(uc.Clock.Now())
	})
}

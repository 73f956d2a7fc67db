package application

import (
	"context"

	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// CreateShow makes a draft for the organiser's organisation.
type CreateShow struct {
	Shows outbound.Shows
	Clock outbound.Clock
	IDs   outbound.IDs
}

// Handle makes the draft.
func (uc *CreateShow) Handle(ctx context.Context, cmd inbound.CreateShow) (*show.Show, error) {
	organiser, err := cmd.Actor.AsOrganiser()
	if err != nil {
		return nil, err
	}
	sh, err := show.New(uc.IDs.Show(), organiser, cmd.Spec, uc.Clock.Now())
	if err != nil {
		return nil, err
	}
	return sh, uc.Shows.Add(ctx, sh)
}

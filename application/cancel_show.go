package application

import (
	"context"

	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// CancelShow calls a show of the organiser's organisation off. Its bookings
// are cancelled after, by CancelShowBookings.
type CancelShow struct {
	Shows outbound.Shows
	Clock outbound.Clock
}

// Handle calls the show off.
func (uc *CancelShow) Handle(ctx context.Context, cmd inbound.CancelShow) (*show.Show, error) {
	organiser, err := cmd.Actor.AsOrganiser()
	if err != nil {
		return nil, err
	}
	return uc.Shows.Update(ctx, cmd.Show, func(sh *show.Show) error {
		if err := organisedBy(sh, organiser); err != nil {
			return err
		}
		return sh.Cancel(uc.Clock.Now())
	})
}

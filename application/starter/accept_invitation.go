package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

type AcceptInvitation struct {
	invitations outbound.Invitations
	clock       platform.Clock
}

func (uc *AcceptInvitation) Handle(ctx context.Context, cmd inbound.AcceptInvitation) (*invitation.Invitation, error) {
	guest, err := role.AsGuest(cmd.Actor)
	if err != nil {
		return nil, err
	}
	now := uc.clock.Now()
	accepted, err := uc.invitations.Update(ctx, cmd.Invitation, func(i *invitation.Invitation) error {
		return i.Accept(guest, now)
	})
	if errors.Is(err, invitation.ErrNotInvited) {
		return nil, notFound(cmd.Invitation)
	}
	return accepted, err
}

// notFound returns ports.ErrNotFound for an invitation that the actor may not see.
func notFound(id invitation.ID) error {
	return fmt.Errorf("invitation %s: %w", id, ports.ErrNotFound)
}

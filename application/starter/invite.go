package application

import (
	"context"
	"errors"
	"time"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

type Invite struct {
	invitations outbound.Invitations
	clock       platform.Clock
	ids         outbound.IDs
	validFor    time.Duration
}

func (uc *Invite) Handle(ctx context.Context, cmd inbound.Invite) (*invitation.Invitation, error) {
	member, err := role.AsMember(cmd.Actor)
	if err != nil {
		return nil, err
	}
	now := uc.clock.Now()
	made, err := invitation.New(uc.ids.Invitation(), member, cmd.Email, now, uc.validFor)
	if err != nil {
		return nil, err
	}
	pending, err := uc.invitations.Add(ctx, made)
	if err != nil || !pending.Lapsed(now) {
		return pending, err
	}
	// The job has not expired the earlier invitation yet.
	if err := expire(ctx, uc.invitations, pending.ID(), now); err != nil {
		return nil, err
	}
	return uc.invitations.Add(ctx, made)
}

// expire expires an invitation, unless it has expired or was accepted meanwhile.
func expire(ctx context.Context, invitations outbound.Invitations, id invitation.ID, now time.Time) error {
	_, err := invitations.Update(ctx, id, func(i *invitation.Invitation) error { return i.Expire(now) })
	if errors.Is(err, invitation.ErrNotLapsed) {
		return nil
	}
	return err
}

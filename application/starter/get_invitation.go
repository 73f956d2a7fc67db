package application

import (
	"context"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

type GetInvitation struct {
	invitations outbound.Invitations
}

func (uc *GetInvitation) Handle(ctx context.Context, q inbound.GetInvitation) (*invitation.Invitation, error) {
	member, notMember := role.AsMember(q.Actor)
	guest, notGuest := role.AsGuest(q.Actor)
	if notMember != nil && notGuest != nil {
		return nil, notMember
	}
	i, err := uc.invitations.Get(ctx, q.Invitation)
	if err != nil {
		return nil, err
	}
	if notMember == nil && i.Organisation() == member.Organisation || notGuest == nil && i.IsFor(guest) {
		return i, nil
	}
	return nil, notFound(q.Invitation)
}

// Package inbound defines the commands, queries, reactions and jobs of the application,
// and the interfaces of their use cases. Results are domain objects.
//
// An error is a refusal by the domain (*invalid.Error, invitation.ErrExpired, …),
// actor.ErrAnonymous or actor.ErrForbidden, or an error from a port (ports.ErrNotFound,
// …). Requests for another person's or organisation's invitations return
// ports.ErrNotFound, so that callers cannot find out what exists. A command or query that
// fails changes nothing.
package inbound

import (
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
)

// UseCases lists all use cases.
type UseCases struct {
	Invite           InviteUseCase
	AcceptInvitation AcceptInvitationUseCase
	GetInvitation    GetInvitationUseCase

	SendInvitation    SendInvitationUseCase
	ExpireInvitations ExpireInvitationsUseCase
}

// Invite invites a person to the organisation of a member. If the organisation has a
// pending invitation for the address, Invite returns that invitation.
type Invite struct {
	Actor actor.Actor
	Email string
}
type InviteUseCase = ports.UseCase[Invite, *invitation.Invitation]

// AcceptInvitation accepts an invitation for the guest with its address.
type AcceptInvitation struct {
	Actor      actor.Actor
	Invitation invitation.ID
}
type AcceptInvitationUseCase = ports.UseCase[AcceptInvitation, *invitation.Invitation]

// GetInvitation returns an invitation to the members of its organisation and to the
// guest with its address.
type GetInvitation struct {
	Actor      actor.Actor
	Invitation invitation.ID
}
type GetInvitationUseCase = ports.UseCase[GetInvitation, *invitation.Invitation]

// SendInvitation mails an invitation that was made. It may run more than once for a
// delivery; a repeated run does only the remaining work.
type SendInvitation struct {
	Delivery   ports.Delivery
	Invitation invitation.ID
}
type SendInvitationUseCase = ports.UseCase[SendInvitation, ports.None]

// ExpireInvitations expires lapsed invitations.
type ExpireInvitations struct{}
type ExpireInvitationsUseCase = ports.UseCase[ExpireInvitations, ports.BatchResult]

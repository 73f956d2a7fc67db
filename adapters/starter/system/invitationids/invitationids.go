// Package invitationids makes the ids of invitations.
package invitationids

import (
	"example.com/portico/adapters/internal/ids"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/starter/outbound"
)

var _ outbound.IDs = IDs{}

// IDs makes version 7 UUIDs.
type IDs struct{}

func (IDs) Invitation() invitation.ID { return invitation.ID(ids.New()) }

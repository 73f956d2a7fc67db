package outbound

import (
	"context"

	"example.com/portico/domain/starter/invitation"
)

// IDs makes unique ids.
type IDs interface {
	// Invitation returns a version 7 UUID (RFC 9562), which sorts by time.
	Invitation() invitation.ID
}

// Notifier sends email to invited people.
type Notifier interface {
	// SendInvitation sends an invitation to its address. All messages about an invitation
	// have the same Message-ID, so that a mailbox can detect duplicates. Errors:
	// ErrUnavailable; platform.ErrPermanent if the mail server permanently refuses the
	// address or the message.
	SendInvitation(ctx context.Context, i *invitation.Invitation) error
}

// Package invitationmail mails invitations.
package invitationmail

import (
	"context"
	"fmt"
	netmail "net/mail"
	"strings"

	"example.com/portico/adapters/mail"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/starter/outbound"
)

const (
	// timeFormat names the month, because 6/1 means different dates in different
	// countries.
	timeFormat = "Monday, 2 January 2006, 15:04 MST"

	text = `A member of %[1]s invites you to join.

To accept, sign in with this email address and accept invitation

    %[3]s

until %[2]s. If you did not expect this, ignore it.
`
)

var _ outbound.Notifier = (*Notifier)(nil)

// Notifier sends invitations by email.
type Notifier struct {
	sender mail.Sender
	from   *netmail.Address
}

// New returns a notifier that sends from an address such as "Portico
// <invitations@example.com>".
func New(sender mail.Sender, from string) (*Notifier, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("invalid sender address %q: %w", from, err)
	}
	return &Notifier{sender, address}, nil
}

func (n *Notifier) SendInvitation(ctx context.Context, i *invitation.Invitation) error {
	_, domain, _ := strings.Cut(n.from.Address, "@")
	err := n.sender.Send(ctx, mail.Message{
		ID:      fmt.Sprintf("%s.invitation@%s", i.ID(), domain),
		Name:    string(i.ID()),
		From:    n.from,
		To:      string(i.Email()),
		Subject: fmt.Sprintf("Your invitation to %s", i.Organisation()),
		Text:    fmt.Sprintf(text, i.Organisation(), i.ExpiresAt().Format(timeFormat), i.ID()),
	})
	if err != nil {
		return fmt.Errorf("send invitation %s: %w", i.ID(), err)
	}
	return nil
}

package application

import (
	"context"
	"errors"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

// SendInvitation mails an invitation, once for each event. The inbox records the event
// after the mail, because a mail cannot be part of a transaction. After a crash in
// between, the mail is sent again, with the same message id. If the mail is refused
// permanently, Handle returns platform.ErrPermanent, and the event becomes a dead letter.
type SendInvitation struct {
	invitations outbound.Invitations
	work        outbound.UnitOfWork
	inbox       platform.Inbox
	notifier    outbound.Notifier
	clock       platform.Clock
}

// Handle does nothing if the invitation is no longer pending or has lapsed.
func (uc *SendInvitation) Handle(ctx context.Context, cmd inbound.SendInvitation) (ports.None, error) {
	i, err := uc.invitations.Get(ctx, cmd.Invitation)
	if err != nil {
		return ports.None{}, err
	}
	if i.Status() != invitation.StatusPending || i.Lapsed(uc.clock.Now()) {
		return ports.None{}, nil
	}
	if sent, err := uc.wasSent(ctx, cmd.Delivery); sent || err != nil {
		return ports.None{}, err
	}
	if err := uc.notifier.SendInvitation(ctx, i); err != nil {
		return ports.None{}, err
	}
	_, err = uc.inbox.FirstTime(ctx, cmd.Delivery.Subscription, cmd.Delivery.Event)
	return ports.None{}, err
}

// errNotSent rolls back the record that [platform.Inbox.FirstTime] makes.
var errNotSent = errors.New("the mail of this event was not sent yet")

// wasSent reports whether the inbox has the event. It records nothing.
func (uc *SendInvitation) wasSent(ctx context.Context, d ports.Delivery) (bool, error) {
	err := uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		first, err := s.Inbox.FirstTime(ctx, d.Subscription, d.Event)
		if err == nil && first {
			return errNotSent
		}
		return err
	})
	if errors.Is(err, errNotSent) {
		return false, nil
	}
	return err == nil, err
}

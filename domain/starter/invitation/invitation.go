// Package invitation models invitations to an organisation. An invitation is pending,
// accepted or expired.
package invitation

import (
	"errors"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
)

// MaxPending is the maximum number of pending invitations of an organisation.
const MaxPending = 100

// Refusals. A refused operation changes nothing.
var (
	ErrExpired        = errors.New("invitation: expired")
	ErrNotInvited     = errors.New("invitation: for another address")
	ErrNotLapsed      = errors.New("invitation: not pending, or its time is not over")
	ErrTooManyPending = errors.New("invitation: the organisation has too many pending invitations")
)

// ID identifies an invitation.
type ID string

// Invitation asks the person with an email address to join an organisation. An
// organisation has at most one pending invitation for each address.
type Invitation struct {
	state  Snapshot
	events []event.Event
}

// New returns a pending invitation to the organisation of the member. Errors:
// *invalid.Error if the address is invalid.
func New(id ID, by actor.Staff, address string, now time.Time, validFor time.Duration) (*Invitation, error) {
	email, err := ParseEmail(address)
	if err != nil {
		return nil, err
	}
	i := &Invitation{state: Snapshot{
		ID: id, Organisation: by.Organisation, Email: email, InvitedBy: by.ID,
		Status: StatusPending, CreatedAt: now, ExpiresAt: now.Add(validFor),
	}}
	i.record(Made{Invitation: id, Organisation: by.Organisation, InvitedBy: by.ID, ExpiresAt: i.state.ExpiresAt, At: now})
	return i, nil
}

// Accept accepts the invitation for the person with its address. It does nothing if the
// invitation is accepted already. Errors: ErrNotInvited; ErrExpired.
func (i *Invitation) Accept(p actor.Person, now time.Time) error {
	switch {
	case !i.IsFor(p):
		return ErrNotInvited
	case i.state.Status == StatusAccepted:
		return nil
	case i.state.Status == StatusExpired || i.Lapsed(now):
		return ErrExpired
	}
	i.state.Status = StatusAccepted
	i.record(Accepted{Invitation: i.state.ID, Organisation: i.state.Organisation, By: p.ID, At: now})
	return nil
}

// Expire ends a lapsed invitation. Errors: ErrNotLapsed.
func (i *Invitation) Expire(now time.Time) error {
	if !i.Lapsed(now) {
		return ErrNotLapsed
	}
	i.state.Status = StatusExpired
	i.record(Expired{Invitation: i.state.ID, Organisation: i.state.Organisation, At: now})
	return nil
}

// Lapsed reports whether the invitation is pending although its time is over. It can only
// expire.
func (i *Invitation) Lapsed(now time.Time) bool {
	return i.state.Status == StatusPending && !now.Before(i.state.ExpiresAt)
}

// IsFor reports whether the person has the address of the invitation.
func (i *Invitation) IsFor(p actor.Person) bool {
	email, err := ParseEmail(p.Email)
	return err == nil && email == i.state.Email
}

// CheckPending returns ErrTooManyPending if an organisation with this number of pending
// invitations may not make another.
func CheckPending(pending int) error {
	if pending >= MaxPending {
		return ErrTooManyPending
	}
	return nil
}

// The getters return the fields of the [Snapshot].

func (i *Invitation) ID() ID                           { return i.state.ID }
func (i *Invitation) Organisation() actor.Organisation { return i.state.Organisation }
func (i *Invitation) Email() Email                     { return i.state.Email }
func (i *Invitation) InvitedBy() actor.ID              { return i.state.InvitedBy }
func (i *Invitation) Status() Status                   { return i.state.Status }
func (i *Invitation) CreatedAt() time.Time             { return i.state.CreatedAt }
func (i *Invitation) ExpiresAt() time.Time             { return i.state.ExpiresAt }

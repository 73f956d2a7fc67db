package invitation

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
)

// Made is recorded when a member invites someone. Events do not contain the address,
// because every subscriber sees them.
type Made struct {
	Invitation   ID
	Organisation actor.Organisation
	InvitedBy    actor.ID
	ExpiresAt    time.Time
	At           time.Time
}

// Accepted is recorded when the invited person accepts.
type Accepted struct {
	Invitation   ID
	Organisation actor.Organisation
	By           actor.ID
	At           time.Time
}

// Expired is recorded when a lapsed invitation ends.
type Expired struct {
	Invitation   ID
	Organisation actor.Organisation
	At           time.Time
}

func (Made) EventType() string     { return "invitation.made" }
func (Accepted) EventType() string { return "invitation.accepted" }
func (Expired) EventType() string  { return "invitation.expired" }

func (e Made) OccurredAt() time.Time     { return e.At }
func (e Accepted) OccurredAt() time.Time { return e.At }
func (e Expired) OccurredAt() time.Time  { return e.At }

// Events returns the events recorded since the invitation was made or loaded.
func (i *Invitation) Events() []event.Event { return i.events }

func (i *Invitation) record(e event.Event) { i.events = append(i.events, e) }

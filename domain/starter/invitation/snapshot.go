package invitation

import (
	"fmt"
	"time"

	"example.com/portico/domain/actor"
)

// Snapshot is the stored state of an invitation. Times are in UTC.
type Snapshot struct {
	ID           ID
	Organisation actor.Organisation
	Email        Email
	InvitedBy    actor.ID
	Status       Status
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// Snapshot returns a copy of the state, without events.
func (i *Invitation) Snapshot() Snapshot { return i.state }

// Rehydrate restores an invitation from its stored state. It checks that the state is
// complete, but does not check business rules.
func Rehydrate(s Snapshot) (*Invitation, error) {
	if s.ID == "" || s.Organisation == "" || s.Email == "" || s.InvitedBy == "" || s.Status == (Status{}) {
		return nil, fmt.Errorf("invitation %q: stored without an id, organisation, email, inviter or status", s.ID)
	}
	s.CreatedAt, s.ExpiresAt = s.CreatedAt.UTC(), s.ExpiresAt.UTC()
	return &Invitation{state: s}, nil
}

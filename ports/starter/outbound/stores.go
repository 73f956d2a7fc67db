// Package outbound defines the interfaces that the service needs. The comment on an
// interface is its contract, which the suites in tests/contract check.
package outbound

import (
	"context"
	"time"

	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/platform"
)

// Invitations stores invitations. It is durable and shared (see package platform). Every
// method is atomic. A method that changes an invitation also stores its recorded events,
// with the correlation id of the context. Callers may modify returned values. Times are in
// UTC, to the microsecond. If the context ends, a method returns the context's error and
// changes nothing. Every method may return ErrUnavailable.
type Invitations interface {
	// Add stores a new invitation and returns it. If the organisation has a pending
	// invitation for the address, Add stores nothing and returns the pending one. Errors:
	// ErrExists if the id is in use; invitation.ErrTooManyPending. Concurrent calls cannot
	// together make a second pending invitation for an address, or too many pending ones.
	Add(ctx context.Context, i *invitation.Invitation) (*invitation.Invitation, error)
	// Get returns an invitation. Errors: ErrNotFound.
	Get(ctx context.Context, id invitation.ID) (*invitation.Invitation, error)
	// Update changes an invitation and returns its new state. The function change must be
	// pure, because it may be called more than once. If it fails, Update changes nothing
	// and returns the function's error. Errors: ErrNotFound.
	Update(ctx context.Context, id invitation.ID, change func(*invitation.Invitation) error) (*invitation.Invitation, error)
	// ListLapsed returns up to limit pending invitations that expire at this time or
	// earlier, in ascending order of ExpiresAt and ID. To get the next page, pass the last
	// invitation of this page.
	ListLapsed(ctx context.Context, at time.Time, after Lapsed, limit int) ([]Lapsed, error)
}

// Lapsed is a pending invitation whose time is over.
type Lapsed struct {
	ID        invitation.ID
	ExpiresAt time.Time
}

// Stores holds the stores of one transaction.
type Stores struct {
	Invitations Invitations
	Inbox       platform.Inbox
	Audit       platform.AuditLog
}

// UnitOfWork changes several stores in one transaction.
type UnitOfWork = platform.UnitOfWork[Stores]

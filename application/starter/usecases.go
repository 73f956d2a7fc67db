// Package application implements the use cases, one per file, so that the file names list
// the features. A use case checks that the actor may call it, loads the objects, lets the
// domain decide, and stores the result. Use cases do not log, record metrics or retry.
package application

import (
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

// Ports are the dependencies of the use cases.
type Ports struct {
	outbound.Stores
	UnitOfWork outbound.UnitOfWork
	Notifier   outbound.Notifier
	IDs        outbound.IDs
	Clock      platform.Clock
}

// Options are the settings that a deployment chooses.
type Options struct {
	// ValidFor is how long an invitation can be accepted.
	ValidFor time.Duration
	// Observer is notified of each run of a use case. It may be nil.
	Observer ports.Observer
}

// New returns the use cases of the service.
func New(p Ports, o Options) inbound.UseCases {
	return inbound.UseCases{
		Invite:           ports.Observe(o.Observer, &Invite{invitations: p.Invitations, clock: p.Clock, ids: p.IDs, validFor: o.ValidFor}),
		AcceptInvitation: ports.Observe(o.Observer, &AcceptInvitation{invitations: p.Invitations, clock: p.Clock}),
		GetInvitation:    ports.Observe(o.Observer, &GetInvitation{invitations: p.Invitations}),

		SendInvitation:    ports.Observe(o.Observer, &SendInvitation{invitations: p.Invitations, work: p.UnitOfWork, inbox: p.Inbox, notifier: p.Notifier, clock: p.Clock}),
		ExpireInvitations: ports.Observe(o.Observer, &ExpireInvitations{invitations: p.Invitations, clock: p.Clock}),
	}
}

// Package invitationjobs lists the use cases that run in response to events or at
// intervals.
package invitationjobs

import (
	"context"
	"time"

	"example.com/portico/adapters/worker"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
)

// Subscriptions returns the subscriptions of all reactions.
func Subscriptions() []platform.Subscription {
	var all []platform.Subscription
	for _, r := range Reactions(inbound.UseCases{}) {
		all = append(all, r.Subscription)
	}
	return all
}

// Reactions maps events to use cases. A queue has the name of its subscription, so
// renaming a subscription leaves events in the old queue.
func Reactions(uc inbound.UseCases) []worker.Reaction {
	return []worker.Reaction{
		worker.React("send-invitation", uc.SendInvitation, func(d ports.Delivery, e invitation.Made) inbound.SendInvitation {
			return inbound.SendInvitation{Delivery: d, Invitation: e.Invitation}
		}),
	}
}

// Jobs returns the jobs that run use cases at intervals.
func Jobs(uc inbound.UseCases) []worker.Job {
	return []worker.Job{
		{Name: "expire-invitations", Exclusive: true, Interval: time.Minute, Run: func(ctx context.Context) (bool, error) {
			_, err := uc.ExpireInvitations.Handle(ctx, inbound.ExpireInvitations{})
			return false, err
		}},
	}
}

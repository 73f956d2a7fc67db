package invitationjobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"example.com/portico/adapters/starter/worker/invitationjobs"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/tests/testkit"
)

var errBroken = errors.New("broken by the test")

// noting is a use case that records its commands.
type noting[C, R any] struct {
	asked *[]any
	err   error
}

func (n noting[C, R]) Handle(_ context.Context, command C) (R, error) {
	*n.asked = append(*n.asked, command)
	return *new(R), n.err
}

// noteAll returns use cases that record their commands and return err.
func noteAll(asked *[]any, err error) inbound.UseCases {
	return inbound.UseCases{
		SendInvitation:    noting[inbound.SendInvitation, ports.None]{asked, err},
		ExpireInvitations: noting[inbound.ExpireInvitations, ports.BatchResult]{asked, err},
	}
}

func TestReactions(t *testing.T) {
	made := platform.Event{ID: "e1", Type: "invitation.made", Body: invitation.Made{Invitation: "i1"}}
	want := []any{inbound.SendInvitation{Delivery: ports.Delivery{Subscription: "send-invitation", Event: "e1"}, Invitation: "i1"}}

	t.Run("send an invitation that was made", func(t *testing.T) {
		var asked []any
		for _, r := range invitationjobs.Reactions(noteAll(&asked, nil)) {
			if slices.Contains(r.Types, made.Type) {
				testkit.Must(t, r.Handle(t.Context(), made))
			}
		}
		testkit.WantEqual(t, "commands", asked, want)
	})

	t.Run("return the errors of their use cases", func(t *testing.T) {
		var asked []any
		for _, r := range invitationjobs.Reactions(noteAll(&asked, errBroken)) {
			testkit.WantError(t, r.Handle(t.Context(), made), errBroken)
		}
	})

	t.Run("have one subscription each", func(t *testing.T) {
		testkit.WantEqual(t, "subscriptions", invitationjobs.Subscriptions(), []platform.Subscription{{Name: "send-invitation", Types: []string{"invitation.made"}}})
	})
}

func TestJobs(t *testing.T) {
	for _, want := range []error{nil, errBroken} {
		var asked []any
		for _, j := range invitationjobs.Jobs(noteAll(&asked, want)) {
			more, err := j.Run(t.Context())
			testkit.WantError(t, err, want)
			if more || !j.Exclusive || j.Interval <= 0 {
				t.Errorf("%s: got more %t, exclusive %t, interval %s; want an exclusive job with an interval", j.Name, more, j.Exclusive, j.Interval)
			}
		}
		testkit.WantEqual(t, "commands", asked, []any{inbound.ExpireInvitations{}})
	}
}

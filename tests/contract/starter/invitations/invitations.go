package invitations

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/outbound"
	"example.com/portico/tests/testkit"
)

func runInvitations(t *testing.T, open OpenStores) {
	run := func(name string, test func(t *testing.T, s Stores)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("returns an invitation as it was added", func(t *testing.T, s Stores) {
		i := newInvitation(t, "globe", "gus@example.com")
		added, err := s.Invitations.Add(t.Context(), i)
		testkit.Must(t, err)
		testkit.WantEqual(t, "added invitation", added.Snapshot(), i.Snapshot())
		got, err := s.Invitations.Get(t.Context(), i.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "invitation", got.Snapshot(), i.Snapshot())
		testkit.WantEqual(t, "number of recorded events", len(added.Events())+len(got.Events()), 0)
	})

	run("returns times in UTC even if the caller used another zone", func(t *testing.T, s Stores) {
		i, err := invitation.New(newID(), actor.Staff{ID: "mia", Organisation: "globe"}, "gus@example.com", noon.In(kolkata), validFor)
		testkit.Must(t, err)
		added, err := s.Invitations.Add(t.Context(), i)
		testkit.Must(t, err)
		testkit.WantEqual(t, "creation", added.CreatedAt(), noon)
		testkit.WantEqual(t, "expiry", added.ExpiresAt(), noon.Add(validFor))
	})

	run("returns the updated invitation", func(t *testing.T, s Stores) {
		for name, change := range map[string]func(*invitation.Invitation) error{
			"unchanged": func(*invitation.Invitation) error { return nil }, "accepted": accept, "expired": expire,
		} {
			added := s.add(t, "globe", name+"@example.com")
			testkit.Must(t, change(added))
			updated := s.update(t, added.ID(), change)
			testkit.WantEqual(t, name, updated.Snapshot(), added.Snapshot())
			got, err := s.Invitations.Get(t.Context(), added.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, name+", read again", got.Snapshot(), added.Snapshot())
		}
	})

	run("stores the events of each change with the correlation id", func(t *testing.T, s Stores) {
		i := newInvitation(t, "globe", "gus@example.com")
		_, err := s.Invitations.Add(ports.WithCorrelationID(t.Context(), "request 1"), i)
		testkit.Must(t, err)
		_, err = s.Invitations.Update(ports.WithCorrelationID(t.Context(), "request 2"), i.ID(), accept)
		testkit.Must(t, err)
		testkit.WantEqual(t, "events", s.relayAll(t), eventsOf(i))
	})

	run("returns the pending invitation for the same organisation and address", func(t *testing.T, s Stores) {
		first := s.add(t, "globe", "gus@example.com")
		again, err := s.Invitations.Add(t.Context(), newInvitation(t, "globe", "GUS@example.com"))
		testkit.Must(t, err)
		testkit.WantEqual(t, "invitation", again.Snapshot(), first.Snapshot())
		testkit.WantEqual(t, "number of events", len(s.relayAll(t)), 1)

		for name, other := range map[string]*invitation.Invitation{
			"another address": newInvitation(t, "globe", "eve@example.com"), "another organisation": newInvitation(t, "rose", "gus@example.com"),
		} {
			added, err := s.Invitations.Add(t.Context(), other)
			testkit.Must(t, err)
			testkit.WantEqual(t, name, added.ID(), other.ID())
		}
	})

	run("allows a new invitation after the earlier one has ended", func(t *testing.T, s Stores) {
		for _, end := range []func(*invitation.Invitation) error{accept, expire} {
			s.update(t, s.add(t, "globe", "gus@example.com").ID(), end)
		}
		next := newInvitation(t, "globe", "gus@example.com")
		added, err := s.Invitations.Add(t.Context(), next)
		testkit.Must(t, err)
		testkit.WantEqual(t, "invitation", added.ID(), next.ID())
	})

	run("refuses too many pending invitations of an organisation", func(t *testing.T, s Stores) {
		first := s.add(t, "globe", "0@example.com")
		for n := 1; n < invitation.MaxPending; n++ {
			s.add(t, "globe", fmt.Sprint(n, "@example.com"))
		}
		s.relayAll(t)
		_, err := s.Invitations.Add(t.Context(), newInvitation(t, "globe", "gus@example.com"))
		testkit.WantError(t, err, invitation.ErrTooManyPending)
		testkit.WantEqual(t, "number of events", len(s.relayAll(t)), 0)
		again, err := s.Invitations.Add(t.Context(), newInvitation(t, "globe", "0@example.com"))
		testkit.Must(t, err)
		testkit.WantEqual(t, "the pending invitation", again.ID(), first.ID())

		s.add(t, "rose", "gus@example.com")
		s.update(t, first.ID(), accept)
		s.add(t, "globe", "gus@example.com")
	})

	run("returns ErrExists for an id that is in use", func(t *testing.T, s Stores) {
		first := s.add(t, "globe", "gus@example.com")
		same, err := invitation.New(first.ID(), actor.Staff{ID: "mia", Organisation: "globe"}, "eve@example.com", noon, validFor)
		testkit.Must(t, err)
		_, err = s.Invitations.Add(t.Context(), same)
		testkit.WantError(t, err, ports.ErrExists)
	})

	run("returns ErrNotFound for an unknown id", func(t *testing.T, s Stores) {
		_, err := s.Invitations.Get(t.Context(), newID())
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = s.Invitations.Update(t.Context(), newID(), accept)
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	run("changes nothing when the update function fails", func(t *testing.T, s Stores) {
		added := s.add(t, "globe", "gus@example.com")
		s.relayAll(t)
		failure := errors.New("no")
		_, err := s.Invitations.Update(t.Context(), added.ID(), func(i *invitation.Invitation) error {
			return errors.Join(accept(i), failure)
		})
		testkit.WantError(t, err, failure)
		got, err := s.Invitations.Get(t.Context(), added.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "invitation", got.Snapshot(), added.Snapshot())
		testkit.WantEqual(t, "number of events", len(s.relayAll(t)), 0)
	})

	run("changes nothing if the context is already cancelled", func(t *testing.T, s Stores) {
		added := s.add(t, "globe", "gus@example.com")
		ctx := testkit.CancelledContext(t)
		_, err := s.Invitations.Add(ctx, newInvitation(t, "globe", "eve@example.com"))
		testkit.WantError(t, err, ctx.Err())
		_, err = s.Invitations.Update(ctx, added.ID(), accept)
		testkit.WantError(t, err, ctx.Err())
		testkit.WantEqual(t, "number of events", len(s.relayAll(t)), 1)
	})
}

func runConcurrent(t *testing.T, open OpenStores) {
	t.Run("make one pending invitation for an address", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			org := actor.Organisation(newID())
			ids := make([]invitation.ID, 10)
			testkit.RunConcurrently(len(ids), func(n int) {
				added, err := s.Invitations.Add(t.Context(), newInvitation(t, org, "gus@example.com"))
				if err != nil {
					t.Error(err)
					return
				}
				ids[n] = added.ID()
			})
			for _, id := range ids {
				testkit.WantEqual(t, "invitation", id, ids[0])
			}
		})
		testkit.WantEqual(t, "number of events in all rounds", len(s.relayAll(t)), testkit.Rounds)
	})

	t.Run("do not exceed the limit together", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		for n := range invitation.MaxPending - 2 {
			s.add(t, "globe", fmt.Sprint(n, "@example.com"))
		}
		errs := make([]error, 20)
		testkit.RunConcurrently(len(errs), func(n int) {
			_, errs[n] = s.Invitations.Add(t.Context(), newInvitation(t, "globe", fmt.Sprint("late", n, "@example.com")))
		})
		testkit.WantEqual(t, "added invitations", testkit.Succeeded(errs), 2)
		for _, err := range errs {
			if err != nil {
				testkit.WantError(t, err, invitation.ErrTooManyPending)
			}
		}
	})

	t.Run("are accepted once or expire", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			added := s.add(t, actor.Organisation(newID()), "gus@example.com")
			changes := []func(*invitation.Invitation) error{accept, expire, accept, expire}
			testkit.RunConcurrently(len(changes), func(n int) { _, _ = s.Invitations.Update(t.Context(), added.ID(), changes[n]) })
		})
		testkit.WantEqual(t, "number of events in all rounds", len(s.relayAll(t)), 2*testkit.Rounds)
	})
}

func runLapsed(t *testing.T, open OpenStores) {
	t.Run("are listed page by page, in order of time and id", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		add := func(email string, validFor time.Duration) invitation.ID {
			t.Helper()
			i, err := invitation.New(newID(), actor.Staff{ID: "mia", Organisation: "globe"}, email, noon, validFor)
			testkit.Must(t, err)
			_, err = s.Invitations.Add(t.Context(), i)
			testkit.Must(t, err)
			return i.ID()
		}
		var want []invitation.ID
		for n := range 5 {
			want = append(want, add(fmt.Sprint(n, "@example.com"), time.Duration((n+1)/2)*time.Hour))
		}
		add("fresh@example.com", validFor)
		s.update(t, add("accepted@example.com", 90*time.Minute), accept)
		s.update(t, add("expired@example.com", 90*time.Minute), expire)

		testkit.WantEqual(t, "at the last expiry", s.lapsed(t, noon.Add(2*time.Hour)), want)
		testkit.WantEqual(t, "just before it", s.lapsed(t, noon.Add(2*time.Hour-time.Microsecond)), want[:3])
	})
}

// lapsed reads all pages of lapsed invitations.
func (s Stores) lapsed(t *testing.T, at time.Time) []invitation.ID {
	t.Helper()
	const page = 2
	var ids []invitation.ID
	for after := (outbound.Lapsed{}); ; {
		found, err := s.Invitations.ListLapsed(t.Context(), at, after, page)
		testkit.Must(t, err)
		for _, after = range found {
			ids = append(ids, after.ID)
		}
		if len(found) < page {
			return ids
		}
	}
}

// eventsOf returns the events of an invitation that was made in request 1 and accepted in
// request 2.
func eventsOf(i *invitation.Invitation) []platform.Event {
	return []platform.Event{
		envelope(i.ID(), "request 1", invitation.Made{Invitation: i.ID(), Organisation: i.Organisation(), InvitedBy: i.InvitedBy(), ExpiresAt: i.ExpiresAt(), At: noon}),
		envelope(i.ID(), "request 2", invitation.Accepted{Invitation: i.ID(), Organisation: i.Organisation(), By: "gus", At: noon.Add(time.Hour)}),
	}
}

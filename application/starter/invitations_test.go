package application_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	application "example.com/portico/application/starter"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/tests/testkit"
)

func TestNoUseCaseIsMissing(t *testing.T) {
	for field, useCase := range reflect.ValueOf(newHarness(t).UseCases).Fields() {
		if useCase.IsNil() {
			t.Errorf("New makes no %s", field.Name)
		}
	}
}

func TestInvite(t *testing.T) {
	t.Run("makes an invitation to the member's organisation", func(t *testing.T) {
		h := newHarness(t)
		i := h.invited(t, "Gus@example.com")
		testkit.WantEqual(t, "invitation", i.Snapshot(), invitation.Snapshot{
			ID: i.ID(), Organisation: "globe", Email: "gus@example.com", InvitedBy: "mia",
			Status: invitation.StatusPending, CreatedAt: noon, ExpiresAt: noon.Add(validFor),
		})
		h.wantEvents(t, "invitation.made")
	})

	t.Run("returns the pending invitation if a member invites again", func(t *testing.T) {
		h := newHarness(t)
		first := h.invited(t, "gus@example.com")
		h.clock.Advance(time.Hour)
		again := mustHandle(t, h.Invite, inbound.Invite{Actor: moe, Email: "gus@example.com"})
		testkit.WantEqual(t, "invitation", again.Snapshot(), first.Snapshot())
		h.wantEvents(t, "invitation.made")
	})

	t.Run("replaces a lapsed invitation that the job has not expired yet", func(t *testing.T) {
		h := newHarness(t)
		first := h.invited(t, "gus@example.com")
		h.clock.Advance(validFor)
		second := h.invited(t, "gus@example.com")
		h.wantStatus(t, first.ID(), invitation.StatusExpired)
		h.wantStatus(t, second.ID(), invitation.StatusPending)
		h.wantEvents(t, "invitation.made", "invitation.expired", "invitation.made")
	})

	t.Run("refuses an invalid address", func(t *testing.T) {
		h := newHarness(t)
		_, err := h.Invite.Handle(t.Context(), inbound.Invite{Actor: mia, Email: "gus"})
		if _, ok := errors.AsType[*invalid.Error](err); !ok {
			t.Errorf("got error %v, want an *invalid.Error", err)
		}
		h.wantEvents(t)
	})

	t.Run("refuses too many pending invitations", func(t *testing.T) {
		h := newHarness(t)
		h.inviteMany(t, invitation.MaxPending)
		wantRefused(t, h.Invite, inbound.Invite{Actor: mia, Email: "gus@example.com"}, invitation.ErrTooManyPending)
	})
}

func TestAcceptInvitation(t *testing.T) {
	t.Run("accepts the invitation of the guest, once", func(t *testing.T) {
		h := newHarness(t)
		i := h.invited(t, "gus@example.com")
		for range 2 {
			accepted := mustHandle(t, h.AcceptInvitation, inbound.AcceptInvitation{Actor: gus, Invitation: i.ID()})
			testkit.WantEqual(t, "status", accepted.Status(), invitation.StatusAccepted)
		}
		h.wantEvents(t, "invitation.made", "invitation.accepted")
	})

	t.Run("refuses a lapsed invitation", func(t *testing.T) {
		h := newHarness(t)
		i := h.invited(t, "gus@example.com")
		h.clock.Advance(validFor)
		wantRefused(t, h.AcceptInvitation, inbound.AcceptInvitation{Actor: gus, Invitation: i.ID()}, invitation.ErrExpired)
		h.wantStatus(t, i.ID(), invitation.StatusPending)
	})
}

func TestGetInvitation(t *testing.T) {
	h := newHarness(t)
	i := h.invited(t, "gus@example.com")
	both := newActor("gus", "gus@example.com", "rose", role.Member, role.Guest)
	for name, who := range map[string]inbound.GetInvitation{
		"the member who invited":                                    {Actor: mia},
		"another member of the organisation":                        {Actor: moe},
		"the invited guest":                                         {Actor: gus},
		"the invited guest who is a member of another organisation": {Actor: both},
	} {
		t.Run("returns the invitation to "+name, func(t *testing.T) {
			who.Invitation = i.ID()
			testkit.WantEqual(t, "invitation", mustHandle(t, h.GetInvitation, who).Snapshot(), i.Snapshot())
		})
	}
}

func TestSendInvitation(t *testing.T) {
	delivery := ports.Delivery{Subscription: "send-invitation", Event: "e1"}

	t.Run("sends one mail for an event that is delivered twice", func(t *testing.T) {
		h := newHarness(t)
		send := inbound.SendInvitation{Delivery: delivery, Invitation: h.invited(t, "gus@example.com").ID()}
		for range 2 {
			mustHandle(t, h.SendInvitation, send)
		}
		testkit.WantEqual(t, "mails", h.mailbox.sent, []invitation.Email{"gus@example.com"})
	})

	t.Run("tries again after the mail server was unavailable", func(t *testing.T) {
		h := newHarness(t)
		send := inbound.SendInvitation{Delivery: delivery, Invitation: h.invited(t, "gus@example.com").ID()}
		h.mailbox.err = ports.ErrUnavailable
		wantRefused(t, h.SendInvitation, send, ports.ErrUnavailable)
		h.mailbox.err = nil
		mustHandle(t, h.SendInvitation, send)
		testkit.WantEqual(t, "mails", h.mailbox.sent, []invitation.Email{"gus@example.com"})
	})

	t.Run("sends the mail again if the event was not recorded", func(t *testing.T) {
		h := newHarness(t)
		send := inbound.SendInvitation{Delivery: delivery, Invitation: h.invited(t, "gus@example.com").ID()}
		crashing := h.with(func(p *application.Ports) { p.Inbox = failingInbox{} })
		wantRefused(t, crashing.SendInvitation, send, errInjected)
		mustHandle(t, h.SendInvitation, send)
		testkit.WantEqual(t, "mails", h.mailbox.sent, []invitation.Email{"gus@example.com", "gus@example.com"})
	})

	t.Run("returns the permanent error of a refused mail", func(t *testing.T) {
		h := newHarness(t)
		h.mailbox.err = platform.ErrPermanent
		wantRefused(t, h.SendInvitation, inbound.SendInvitation{Delivery: delivery, Invitation: h.invited(t, "gus@example.com").ID()}, platform.ErrPermanent)
	})

	t.Run("sends no mail for an invitation that cannot be accepted any more", func(t *testing.T) {
		h := newHarness(t)
		accepted, lapsed := h.invited(t, "gus@example.com"), h.invited(t, "eve@example.com")
		mustHandle(t, h.AcceptInvitation, inbound.AcceptInvitation{Actor: gus, Invitation: accepted.ID()})
		h.clock.Advance(validFor)
		for _, i := range []*invitation.Invitation{accepted, lapsed} {
			mustHandle(t, h.SendInvitation, inbound.SendInvitation{Delivery: delivery, Invitation: i.ID()})
		}
		testkit.WantEqual(t, "mails", h.mailbox.sent, nil)
	})
}

func TestExpireInvitations(t *testing.T) {
	t.Run("expires only lapsed invitations", func(t *testing.T) {
		h := newHarness(t)
		lapsed, accepted := h.invited(t, "eve@example.com"), h.invited(t, "gus@example.com")
		mustHandle(t, h.AcceptInvitation, inbound.AcceptInvitation{Actor: gus, Invitation: accepted.ID()})
		h.clock.Advance(validFor - time.Microsecond)
		fresh := h.invited(t, "ann@example.com")
		testkit.WantEqual(t, "result", mustHandle(t, h.ExpireInvitations, inbound.ExpireInvitations{}), ports.BatchResult{})

		h.clock.Advance(time.Microsecond)
		testkit.WantEqual(t, "result", mustHandle(t, h.ExpireInvitations, inbound.ExpireInvitations{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, lapsed.ID(), invitation.StatusExpired)
		h.wantStatus(t, accepted.ID(), invitation.StatusAccepted)
		h.wantStatus(t, fresh.ID(), invitation.StatusPending)
	})

	t.Run("processes more than one page", func(t *testing.T) {
		h := newHarness(t)
		h.inviteMany(t, invitation.MaxPending)
		for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
			mustHandle(t, h.Invite, inbound.Invite{Actor: rosa, Email: email})
		}
		h.clock.Advance(validFor)
		testkit.WantEqual(t, "result", mustHandle(t, h.ExpireInvitations, inbound.ExpireInvitations{}), ports.BatchResult{Processed: 103})
	})

	t.Run("does nothing for an invitation that has ended since it was listed", func(t *testing.T) {
		h := newHarness(t)
		i := h.invited(t, "gus@example.com")
		h.clock.Advance(validFor)
		job := h.with(func(p *application.Ports) {
			p.Invitations = interleavedInvitations{h.Invitations, func() {
				mustHandle(t, h.ExpireInvitations, inbound.ExpireInvitations{})
			}}
		}).ExpireInvitations
		testkit.WantEqual(t, "result", mustHandle(t, job, inbound.ExpireInvitations{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, i.ID(), invitation.StatusExpired)
		h.wantEvents(t, "invitation.made", "invitation.expired")
	})
}

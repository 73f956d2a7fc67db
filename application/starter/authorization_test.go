package application_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/tests/testkit"
)

// request is a use case and the type of its command. The function send runs the use case
// as a given actor.
type request struct {
	command reflect.Type
	send    func(*testing.T, actor.Actor) error
}

// requestOf makes a request from a use case and a function that returns its command.
func requestOf[C, R any](uc ports.UseCase[C, R], command func(actor.Actor) C) request {
	return request{reflect.TypeFor[C](), func(t *testing.T, who actor.Actor) error {
		_, err := uc.Handle(t.Context(), command(who))
		return err
	}}
}

// refusal is an error and the actors who must get it.
type refusal struct {
	want   error
	actors []actor.Actor
}

// TestUnauthorisedActorsAreRefused tests every command that has an Actor field. The
// command must fail and change nothing if an unauthorised actor sends it.
func TestUnauthorisedActorsAreRefused(t *testing.T) {
	h := newHarness(t)
	i := h.invited(t, "gus@example.com")
	h.wantEvents(t, "invitation.made")

	unauthenticated := refusal{actor.ErrAnonymous, []actor.Actor{anonymous}}
	cases := []struct {
		name string
		request
		refusals []refusal
	}{
		{"invite", requestOf(h.Invite, func(who actor.Actor) inbound.Invite {
			return inbound.Invite{Actor: who, Email: "ann@example.com"}
		}), []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{gus, freelancer}}}},
		{"accept", requestOf(h.AcceptInvitation, func(who actor.Actor) inbound.AcceptInvitation {
			return inbound.AcceptInvitation{Actor: who, Invitation: i.ID()}
		}), []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{mia, rosa, freelancer}}, {ports.ErrNotFound, []actor.Actor{eve}}}},
		{"see an invitation", requestOf(h.GetInvitation, func(who actor.Actor) inbound.GetInvitation {
			return inbound.GetInvitation{Actor: who, Invitation: i.ID()}
		}), []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{freelancer}}, {ports.ErrNotFound, []actor.Actor{eve, rosa}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, refused := range c.refusals {
				for _, who := range refused.actors {
					if err := c.send(t, who); !errors.Is(err, refused.want) {
						t.Errorf("error %v for actor %q, want %v", err, who.ID(), refused.want)
					}
				}
			}
			h.wantStatus(t, i.ID(), invitation.StatusPending)
			h.wantEvents(t)
		})
	}

	t.Run("for every command that has an actor", func(t *testing.T) {
		tested := map[reflect.Type]bool{}
		for _, c := range cases {
			tested[c.command] = true
		}
		for field := range reflect.TypeFor[inbound.UseCases]().Fields() {
			handle, _ := field.Type.MethodByName("Handle")
			command := handle.Type.In(1)
			if _, hasActor := command.FieldByName("Actor"); hasActor && !tested[command] {
				t.Errorf("%s has an actor and no case in the table", command)
			}
		}
	})
}

// TestInvitationsOfOthersAreNotFound checks that the error text does not reveal whether an
// invitation exists.
func TestInvitationsOfOthersAreNotFound(t *testing.T) {
	h := newHarness(t)
	i := h.invited(t, "gus@example.com")
	_, others := h.GetInvitation.Handle(t.Context(), inbound.GetInvitation{Actor: eve, Invitation: i.ID()})
	_, missing := h.GetInvitation.Handle(t.Context(), inbound.GetInvitation{Actor: eve, Invitation: "another"})
	testkit.WantEqual(t, "error", strings.ReplaceAll(others.Error(), string(i.ID()), "another"), missing.Error())

	_, others = h.AcceptInvitation.Handle(t.Context(), inbound.AcceptInvitation{Actor: eve, Invitation: i.ID()})
	_, missing = h.AcceptInvitation.Handle(t.Context(), inbound.AcceptInvitation{Actor: eve, Invitation: "another"})
	testkit.WantEqual(t, "error", strings.ReplaceAll(others.Error(), string(i.ID()), "another"), missing.Error())
}

package application_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
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
	draft, neverOpened, sh := h.draft(t, hamlet()), h.draft(t, hamlet()), h.onSale(t, hamlet())
	mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: neverOpened.ID()})
	held := h.held(t, ann, sh, "A-1")
	confirmed, tickets := h.ticketed(t, sh, "A-2", "A-3")
	h.handleEvents(t)

	unauthenticated := refusal{actor.ErrAnonymous, []actor.Actor{anonymous}}
	customersOnly := []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{olga, dora}}}
	itsCustomerOnly := append(slices.Clone(customersOnly), refusal{ports.ErrNotFound, []actor.Actor{bob}})
	organisersOnly := []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{ann, dora, freelancer}}}
	itsOrganiserOnly := append(slices.Clone(organisersOnly), refusal{ports.ErrNotFound, []actor.Actor{otto}})
	visibleToItsOrganiserOnly := []refusal{{ports.ErrNotFound, []actor.Actor{anonymous, ann, otto, dora, freelancer}}}

	cases := []struct {
		name string
		request
		refusals []refusal
	}{
		{"create a show", requestOf(h.CreateShow, func(who actor.Actor) inbound.CreateShow {
			return inbound.CreateShow{Actor: who, Spec: hamlet()}
		}), organisersOnly},
		{"open a show", requestOf(h.OpenShow, func(who actor.Actor) inbound.OpenShow {
			return inbound.OpenShow{Actor: who, Show: draft.ID()}
		}), itsOrganiserOnly},
		{"cancel a show", requestOf(h.CancelShow, func(who actor.Actor) inbound.CancelShow {
			return inbound.CancelShow{Actor: who, Show: sh.ID()}
		}), itsOrganiserOnly},
		{"list shows", requestOf(h.ListShows, func(who actor.Actor) inbound.ListShows {
			return inbound.ListShows{Actor: who, Limit: 10}
		}), nil}, // every actor may
		{"see a draft", requestOf(h.GetShow, func(who actor.Actor) inbound.GetShow {
			return inbound.GetShow{Actor: who, Show: draft.ID()}
		}), visibleToItsOrganiserOnly},
		{"see a draft's seats", requestOf(h.GetSeatMap, func(who actor.Actor) inbound.GetSeatMap {
			return inbound.GetSeatMap{Actor: who, Show: draft.ID()}
		}), visibleToItsOrganiserOnly},
		{"see a cancelled draft", requestOf(h.GetShow, func(who actor.Actor) inbound.GetShow {
			return inbound.GetShow{Actor: who, Show: neverOpened.ID()}
		}), visibleToItsOrganiserOnly},
		{"see a cancelled draft's seats", requestOf(h.GetSeatMap, func(who actor.Actor) inbound.GetSeatMap {
			return inbound.GetSeatMap{Actor: who, Show: neverOpened.ID()}
		}), visibleToItsOrganiserOnly},
		{"hold seats", requestOf(h.HoldSeats, func(who actor.Actor) inbound.HoldSeats {
			return inbound.HoldSeats{Actor: who, Show: sh.ID(), Seats: row("B", 2), Key: "k"}
		}), customersOnly},
		{"pay", requestOf(h.RequestPayment, func(who actor.Actor) inbound.RequestPayment {
			return inbound.RequestPayment{Actor: who, Booking: held.ID(), Token: "tok_ok"}
		}), itsCustomerOnly},
		{"cancel a hold", requestOf(h.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: held.ID()}
		}), itsCustomerOnly},
		{"cancel a confirmed booking", requestOf(h.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"see a booking", requestOf(h.GetBooking, func(who actor.Actor) inbound.GetBooking {
			return inbound.GetBooking{Actor: who, Booking: held.ID()}
		}), []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{dora, freelancer}}, {ports.ErrNotFound, []actor.Actor{bob, otto}}}},
		{"list their bookings", requestOf(h.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Limit: 10}
		}), customersOnly},
		{"list a show's bookings", requestOf(h.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Show: sh.ID(), Limit: 10}
		}), itsOrganiserOnly},
		{"list tickets", requestOf(h.ListTickets, func(who actor.Actor) inbound.ListTickets {
			return inbound.ListTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"download tickets", requestOf(h.DownloadTickets, func(who actor.Actor) inbound.DownloadTickets {
			return inbound.DownloadTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"admit a ticket", requestOf(h.AdmitTicket, func(who actor.Actor) inbound.AdmitTicket {
			return inbound.AdmitTicket{Actor: who, Code: tickets[0].Code()}
		}), []refusal{unauthenticated, {actor.ErrForbidden, []actor.Actor{ann, olga, freelancer}}, {ports.ErrNotFound, []actor.Actor{dirk}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := h.snapshotAll(t)
			for _, refused := range c.refusals {
				for _, who := range refused.actors {
					if err := c.send(t, who); !errors.Is(err, refused.want) {
						t.Errorf("error %v for actor %q, want %v", err, who.ID(), refused.want)
					}
				}
			}
			wantEqual(t, "stores", h.snapshotAll(t), before)
			wantEqual(t, "events", h.drainOutbox(t), nil)
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
			if hasActor(command) && !tested[command] {
				t.Errorf("%s has an actor and no case in the table", command)
			}
		}
	})
}

func hasActor(command reflect.Type) bool {
	for field := range command.Fields() {
		if field.Type == reflect.TypeFor[actor.Actor]() {
			return true
		}
	}
	return false
}

// TestObjectsOfOthersAreNotFound checks that the error text does not reveal whether an
// object exists.
func TestObjectsOfOthersAreNotFound(t *testing.T) {
	h := newHarness(t)
	booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")

	_, others := h.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: booked.ID()})
	_, missing := h.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: "another"})
	wantEqual(t, "error", strings.ReplaceAll(others.Error(), string(booked.ID()), "another"), missing.Error())

	_, others = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dirk, Code: tickets[0].Code()})
	_, missing = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: "no-such-code"})
	wantEqual(t, "error", others.Error(), missing.Error())
}

func TestTheOrganiserCanSeeButNotCancelABooking(t *testing.T) {
	h := newHarness(t)
	held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
	seen := mustHandle(t, h.GetBooking, inbound.GetBooking{Actor: olga, Booking: held.ID()})
	wantEqual(t, "booking", seen.Snapshot(), held.Snapshot())
	wantRefused(t, h.CancelBooking, inbound.CancelBooking{Actor: olga, Booking: held.ID()}, actor.ErrForbidden)

	t.Run("even if the organiser is a customer as well", func(t *testing.T) {
		both := newActor("olga", "", "globe", role.Organiser, role.Customer)
		mustHandle(t, h.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()})
		wantRefused(t, h.CancelBooking, inbound.CancelBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
	t.Run("but another theatre's organiser cannot see it", func(t *testing.T) {
		both := newActor("otto", "", "rose", role.Organiser, role.Customer)
		wantRefused(t, h.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
}

package application_test

import (
	"strings"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

// asking makes something to ask of a use case in the name of anybody.
func asking[C, R any](uc ports.UseCase[C, R], command func(actor.Actor) C) func(*testing.T, actor.Actor) error {
	return func(t *testing.T, who actor.Actor) error {
		_, err := uc.Handle(t.Context(), command(who))
		return err
	}
}

// TestOthersAreRefused asks everything in the name of everybody who may not,
// and looks that it left no trace.
func TestOthersAreRefused(t *testing.T) {
	h := newHarness(t)
	draft, sh := h.draft(t, hamlet()), h.onSale(t, hamlet())
	held := h.held(t, ann, sh, "A-1")
	confirmed, tickets := h.ticketed(t, sh, "A-2", "A-3")
	h.handleEvents(t)

	type people map[error][]actor.Actor
	customersOnly := people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {olga, dora}}
	itsCustomerOnly := people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {olga, dora}, ports.ErrNotFound: {bob}}
	organisersOnly := people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {ann, dora, freelancer}}
	itsOrganiserOnly := people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {ann, dora, freelancer}, ports.ErrNotFound: {otto}}
	itsOrganisersEyesOnly := people{ports.ErrNotFound: {anonymous, ann, otto, dora, freelancer}}

	for _, request := range []struct {
		what       string
		mustHandle func(*testing.T, actor.Actor) error
		refused    people
	}{
		{"create a show", asking(h.CreateShow, func(who actor.Actor) inbound.CreateShow {
			return inbound.CreateShow{Actor: who, Spec: hamlet()}
		}), organisersOnly},
		{"open a show", asking(h.OpenShow, func(who actor.Actor) inbound.OpenShow {
			return inbound.OpenShow{Actor: who, Show: draft.ID()}
		}), itsOrganiserOnly},
		{"cancel a show", asking(h.CancelShow, func(who actor.Actor) inbound.CancelShow {
			return inbound.CancelShow{Actor: who, Show: sh.ID()}
		}), itsOrganiserOnly},
		{"see a draft", asking(h.GetShow, func(who actor.Actor) inbound.GetShow {
			return inbound.GetShow{Actor: who, Show: draft.ID()}
		}), itsOrganisersEyesOnly},
		{"see a draft's seats", asking(h.GetSeatMap, func(who actor.Actor) inbound.GetSeatMap {
			return inbound.GetSeatMap{Actor: who, Show: draft.ID()}
		}), itsOrganisersEyesOnly},
		{"hold seats", asking(h.HoldSeats, func(who actor.Actor) inbound.HoldSeats {
			return inbound.HoldSeats{Actor: who, Show: sh.ID(), Seats: row("B", 2), Key: "k"}
		}), customersOnly},
		{"pay", asking(h.RequestPayment, func(who actor.Actor) inbound.RequestPayment {
			return inbound.RequestPayment{Actor: who, Booking: held.ID(), Token: "tok_ok"}
		}), itsCustomerOnly},
		{"cancel a hold", asking(h.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: held.ID()}
		}), itsCustomerOnly},
		{"cancel a confirmed booking", asking(h.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"see a booking", asking(h.GetBooking, func(who actor.Actor) inbound.GetBooking {
			return inbound.GetBooking{Actor: who, Booking: held.ID()}
		}), people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {dora, freelancer}, ports.ErrNotFound: {bob, otto}}},
		{"list their bookings", asking(h.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Limit: 10}
		}), customersOnly},
		{"list a show's bookings", asking(h.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Show: sh.ID(), Limit: 10}
		}), itsOrganiserOnly},
		{"list tickets", asking(h.ListTickets, func(who actor.Actor) inbound.ListTickets {
			return inbound.ListTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"download tickets", asking(h.DownloadTickets, func(who actor.Actor) inbound.DownloadTickets {
			return inbound.DownloadTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"admit a ticket", asking(h.AdmitTicket, func(who actor.Actor) inbound.AdmitTicket {
			return inbound.AdmitTicket{Actor: who, Code: tickets[0].Code()}
		}), people{actor.ErrAnonymous: {anonymous}, actor.ErrForbidden: {ann, olga, freelancer}, ports.ErrNotFound: {dirk}}},
	} {
		t.Run(request.what, func(t *testing.T) {
			before := h.snapshotAll(t)
			for want, refused := range request.refused {
				for _, who := range refused {
					if err := request.mustHandle(t, who); err == nil {
						t.Errorf("%q may %s", who.ID(), request.what)
					} else {
						wantError(t, err, want)
					}
				}
			}
			wantEqual(t, "what is stored", h.snapshotAll(t), before)
			if events := h.drainOutbox(t); len(events) > 0 {
				t.Errorf("a refusal left events behind: %v", events)
			}
		})
	}
}

// TestWhatBelongsToOthersIsNotThere compares the words of the refusal, too.
func TestWhatBelongsToOthersIsNotThere(t *testing.T) {
	h := newHarness(t)
	booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")

	_, others := h.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: booked.ID()})
	_, missing := h.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: "another"})
	wantEqual(t, "error", strings.ReplaceAll(others.Error(), string(booked.ID()), "another"), missing.Error())

	_, others = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dirk, Code: tickets[0].Code()})
	_, missing = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: "no-such-code"})
	wantEqual(t, "error", others.Error(), missing.Error())
}

func TestTheOrganiserSeesABookingButDoesNotChangeIt(t *testing.T) {
	h := newHarness(t)
	held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
	seen := mustHandle(t, h.GetBooking, inbound.GetBooking{Actor: olga, Booking: held.ID()})
	wantEqual(t, "booking", seen.Snapshot(), held.Snapshot())
	wantRefused(t, h.CancelBooking, inbound.CancelBooking{Actor: olga, Booking: held.ID()}, actor.ErrForbidden)

	t.Run("also when she is a customer as well", func(t *testing.T) {
		both := newActor("olga", "", "globe", role.Organiser, role.Customer)
		mustHandle(t, h.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()})
		wantRefused(t, h.CancelBooking, inbound.CancelBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
	t.Run("and of another theatre's knows nothing, as a customer either", func(t *testing.T) {
		both := newActor("otto", "", "rose", role.Organiser, role.Customer)
		wantRefused(t, h.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
}

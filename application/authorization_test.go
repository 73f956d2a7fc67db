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
	b := newBench(t)
	draft, sh := b.draft(t, hamlet()), b.onSale(t, hamlet())
	held := b.held(t, ann, sh, "A-1")
	confirmed, tickets := b.ticketed(t, sh, "A-2", "A-3")
	b.run(t)

	type people map[error][]actor.Actor
	customersOnly := people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {olga, dora}}
	itsCustomerOnly := people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {olga, dora}, ports.ErrNotFound: {bob}}
	organisersOnly := people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {ann, dora, freelancer}}
	itsOrganiserOnly := people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {ann, dora, freelancer}, ports.ErrNotFound: {otto}}
	itsOrganisersEyesOnly := people{ports.ErrNotFound: {nobody, ann, otto, dora, freelancer}}

	for _, request := range []struct {
		what    string
		ask     func(*testing.T, actor.Actor) error
		refused people
	}{
		{"create a show", asking(b.CreateShow, func(who actor.Actor) inbound.CreateShow {
			return inbound.CreateShow{Actor: who, Spec: hamlet()}
		}), organisersOnly},
		{"open a show", asking(b.OpenShow, func(who actor.Actor) inbound.OpenShow {
			return inbound.OpenShow{Actor: who, Show: draft.ID()}
		}), itsOrganiserOnly},
		{"cancel a show", asking(b.CancelShow, func(who actor.Actor) inbound.CancelShow {
			return inbound.CancelShow{Actor: who, Show: sh.ID()}
		}), itsOrganiserOnly},
		{"see a draft", asking(b.GetShow, func(who actor.Actor) inbound.GetShow {
			return inbound.GetShow{Actor: who, Show: draft.ID()}
		}), itsOrganisersEyesOnly},
		{"see a draft's seats", asking(b.GetSeatMap, func(who actor.Actor) inbound.GetSeatMap {
			return inbound.GetSeatMap{Actor: who, Show: draft.ID()}
		}), itsOrganisersEyesOnly},
		{"hold seats", asking(b.HoldSeats, func(who actor.Actor) inbound.HoldSeats {
			return inbound.HoldSeats{Actor: who, Show: sh.ID(), Seats: row("B", 2), Key: "k"}
		}), customersOnly},
		{"pay", asking(b.RequestPayment, func(who actor.Actor) inbound.RequestPayment {
			return inbound.RequestPayment{Actor: who, Booking: held.ID(), Token: "tok_ok"}
		}), itsCustomerOnly},
		{"cancel a hold", asking(b.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: held.ID()}
		}), itsCustomerOnly},
		{"cancel a confirmed booking", asking(b.CancelBooking, func(who actor.Actor) inbound.CancelBooking {
			return inbound.CancelBooking{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"see a booking", asking(b.GetBooking, func(who actor.Actor) inbound.GetBooking {
			return inbound.GetBooking{Actor: who, Booking: held.ID()}
		}), people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {dora, freelancer}, ports.ErrNotFound: {bob, otto}}},
		{"list their bookings", asking(b.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Limit: 10}
		}), customersOnly},
		{"list a show's bookings", asking(b.ListBookings, func(who actor.Actor) inbound.ListBookings {
			return inbound.ListBookings{Actor: who, Show: sh.ID(), Limit: 10}
		}), itsOrganiserOnly},
		{"list tickets", asking(b.ListTickets, func(who actor.Actor) inbound.ListTickets {
			return inbound.ListTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"download tickets", asking(b.DownloadTickets, func(who actor.Actor) inbound.DownloadTickets {
			return inbound.DownloadTickets{Actor: who, Booking: confirmed.ID()}
		}), itsCustomerOnly},
		{"admit a ticket", asking(b.AdmitTicket, func(who actor.Actor) inbound.AdmitTicket {
			return inbound.AdmitTicket{Actor: who, Code: tickets[0].Code()}
		}), people{actor.ErrAnonymous: {nobody}, actor.ErrForbidden: {ann, olga, freelancer}, ports.ErrNotFound: {dirk}}},
	} {
		t.Run(request.what, func(t *testing.T) {
			before := b.picture(t)
			for want, refused := range request.refused {
				for _, who := range refused {
					if err := request.ask(t, who); err == nil {
						t.Errorf("%q may %s", who.ID(), request.what)
					} else {
						wantError(t, err, want)
					}
				}
			}
			wantEqual(t, "what is stored", b.picture(t), before)
			if events := b.relayed(t); len(events) > 0 {
				t.Errorf("a refusal left events behind: %v", events)
			}
		})
	}
}

// TestWhatBelongsToOthersIsNotThere compares the words of the refusal, too.
func TestWhatBelongsToOthersIsNotThere(t *testing.T) {
	b := newBench(t)
	booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")

	_, others := b.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: booked.ID()})
	_, missing := b.GetBooking.Handle(t.Context(), inbound.GetBooking{Actor: bob, Booking: "another"})
	wantEqual(t, "error", strings.ReplaceAll(others.Error(), string(booked.ID()), "another"), missing.Error())

	_, others = b.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dirk, Code: tickets[0].Code()})
	_, missing = b.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: "no-such-code"})
	wantEqual(t, "error", others.Error(), missing.Error())
}

func TestTheOrganiserSeesABookingButDoesNotChangeIt(t *testing.T) {
	b := newBench(t)
	held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
	seen := ask(t, b.GetBooking, inbound.GetBooking{Actor: olga, Booking: held.ID()})
	wantEqual(t, "booking", seen.Snapshot(), held.Snapshot())
	refuse(t, b.CancelBooking, inbound.CancelBooking{Actor: olga, Booking: held.ID()}, actor.ErrForbidden)

	t.Run("also when she is a customer as well", func(t *testing.T) {
		both := known("olga", "", "globe", role.Organiser, role.Customer)
		ask(t, b.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()})
		refuse(t, b.CancelBooking, inbound.CancelBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
	t.Run("and of another theatre's knows nothing, as a customer either", func(t *testing.T) {
		both := known("otto", "", "rose", role.Organiser, role.Customer)
		refuse(t, b.GetBooking, inbound.GetBooking{Actor: both, Booking: held.ID()}, ports.ErrNotFound)
	})
}

package application_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestHoldSeats(t *testing.T) {
	t.Run("takes the price from the show and the time from the clock", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1", "B-12")
		if held.Total().String() != "65.00 EUR" || !held.HeldUntil().Equal(noon.Add(holdFor)) || held.Email() != "ann@example.com" {
			t.Errorf("held for %s until %s by %s, want 65.00 EUR, %s, ann@example.com", held.Total(), held.HeldUntil(), held.Email(), noon.Add(holdFor))
		}
	})

	t.Run("holds all seats or none", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		h.held(t, bob, sh, "A-2")
		_, err := h.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: sh.ID(), Seats: row("A", 3), Key: newKey()})
		wantEqual(t, "taken", wantErrorAs[*booking.SeatsTakenError](t, err).Labels, []show.Label{"A-2"})
		h.held(t, ann, sh, "A-1", "A-3")
	})

	t.Run("refuses a draft, even for its organiser", func(t *testing.T) {
		h := newHarness(t)
		both := newActor("olga", "", "globe", role.Organiser, role.Customer)
		_, err := h.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: both, Show: h.draft(t, hamlet()).ID(), Seats: row("A", 1), Key: newKey()})
		wantEqual(t, "status", wantErrorAs[*show.NotOnSaleError](t, err).Status, show.StatusDraft)
	})

	t.Run("refuses a hold or a payment over the limits of a customer", func(t *testing.T) {
		h := newHarness(t)
		limited := application.New(h.ports, application.Options{HoldFor: holdFor, PayWithin: payWithin, Limits: booking.Limits{Holds: 2, Payments: 1}})
		sh := h.onSale(t, hamlet())
		first, second := h.held(t, ann, sh, "A-1"), h.held(t, ann, sh, "A-2")
		_, err := limited.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: sh.ID(), Seats: row("B", 1), Key: newKey()})
		_ = wantErrorAs[*booking.LimitError](t, err)
		mustHandle(t, limited.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
		_, err = limited.RequestPayment.Handle(t.Context(), inbound.RequestPayment{Actor: ann, Booking: second.ID(), Token: "tok_ok"})
		_ = wantErrorAs[*booking.LimitError](t, err)
	})

	t.Run("does not reveal that a show exists that was never on sale", func(t *testing.T) {
		h := newHarness(t)
		neverOpened := h.draft(t, hamlet())
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: neverOpened.ID()})
		for _, id := range []show.ID{h.draft(t, hamlet()).ID(), neverOpened.ID(), "no such show"} {
			_, err := h.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: id, Seats: row("A", 1), Key: newKey()})
			wantError(t, err, ports.ErrNotFound)
		}
	})

	t.Run("holds nothing when the show was cancelled after it was read", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		h.HoldSeats = h.with(func(p *application.Ports) {
			p.ShowsOnSale = interleavedShows{h.Shows, onFirstCall(func() {
				mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
				mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{})
			})}
		}).HoldSeats
		_, err := h.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: sh.ID(), Seats: row("A", 1), Key: newKey()})
		_ = wantErrorAs[*show.NotOnSaleError](t, err)
		wantEqual(t, "bookings", h.snapshotAll(t).Bookings, nil)
	})
}

func TestHoldSeatsAgain(t *testing.T) {
	// repeated sends a request to hold. It returns the request and its
	// booking.
	repeated := func(t *testing.T, h *harness) (inbound.HoldSeats, *booking.Booking) {
		request := inbound.HoldSeats{Actor: ann, Show: h.onSale(t, hamlet()).ID(), Seats: row("A", 2), Key: newKey()}
		return request, mustHandle(t, h.HoldSeats, request)
	}
	for _, c := range []struct {
		name      string
		meanwhile func(t *testing.T, h *harness, first *booking.Booking)
	}{
		{"immediately", func(*testing.T, *harness, *booking.Booking) {}},
		{"after the show started", func(_ *testing.T, h *harness, _ *booking.Booking) { h.clock.Advance(showStart.Sub(noon)) }},
		{"after the hold expired", func(t *testing.T, h *harness, _ *booking.Booking) {
			h.clock.Advance(holdFor)
			mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
		}},
		{"after the show was cancelled", func(t *testing.T, h *harness, first *booking.Booking) {
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
		}},
		{"after the show and its bookings were cancelled", func(t *testing.T, h *harness, first *booking.Booking) {
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
			mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{})
		}},
		{"after another customer got the seats", func(t *testing.T, h *harness, first *booking.Booking) {
			mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: first.ID()})
			mustHandle(t, h.HoldSeats, inbound.HoldSeats{Actor: bob, Show: first.Show(), Seats: row("A", 2), Key: newKey()})
		}},
	} {
		t.Run(c.name+" returns the same booking", func(t *testing.T) {
			h := newHarness(t)
			request, first := repeated(t, h)
			c.meanwhile(t, h, first)
			h.drainOutbox(t)
			slices.Reverse(request.Seats)
			again := mustHandle(t, h.HoldSeats, request)
			wantEqual(t, "booking", again.Snapshot(), h.booking(t, first.ID()).Snapshot())
			wantEqual(t, "events", h.drainOutbox(t), nil)
		})

		t.Run(c.name+" is refused for other seats", func(t *testing.T) {
			h := newHarness(t)
			request, first := repeated(t, h)
			c.meanwhile(t, h, first)
			request.Seats = row("A", 3)
			wantRefused(t, h.HoldSeats, request, ports.ErrIdempotencyKeyReused)
		})
	}

	t.Run("makes a new booking with another customer's key", func(t *testing.T) {
		h := newHarness(t)
		request, first := repeated(t, h)
		request.Actor, request.Seats = bob, row("B", 1)
		if other := mustHandle(t, h.HoldSeats, request); other.ID() == first.ID() || other.Customer() != "bob" {
			t.Errorf("booking %s of %s, want a new one of bob's", other.ID(), other.Customer())
		}
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
		request.Actor = newActor("carl", "", "", role.Customer)
		_, err := h.HoldSeats.Handle(t.Context(), request)
		_ = wantErrorAs[*show.NotOnSaleError](t, err)
	})

	t.Run("is refused with a new key once the show has started", func(t *testing.T) {
		h := newHarness(t)
		request, _ := repeated(t, h)
		h.clock.Advance(showStart.Sub(noon))
		request.Key = newKey()
		_, err := h.HoldSeats.Handle(t.Context(), request)
		if !wantErrorAs[*show.NotOnSaleError](t, err).Started {
			t.Errorf("error %v, want that the show has started", err)
		}
	})

	t.Run("holds seats with the key of a refused request", func(t *testing.T) {
		h := newHarness(t)
		request, _ := repeated(t, h)
		request.Key, request.Seats = newKey(), []show.Label{"Z-1"}
		_, err := h.HoldSeats.Handle(t.Context(), request)
		_ = wantErrorAs[*invalid.Error](t, err)
		request.Seats = row("B", 1)
		mustHandle(t, h.HoldSeats, request)
	})

	t.Run("makes one booking under concurrent requests", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			h := newHarness(t)
			request := inbound.HoldSeats{Actor: ann, Show: h.onSale(t, hamlet()).ID(), Seats: row("A", 2), Key: newKey()}
			var ids [8]booking.ID
			var errs [8]error
			var tasks []func()
			for i := range ids {
				tasks = append(tasks, func() {
					held, err := h.HoldSeats.Handle(t.Context(), request)
					if errs[i] = err; err == nil {
						ids[i] = held.ID()
					}
				})
			}
			concurrently(tasks...)
			must(t, errors.Join(errs[:]...))
			if len(slices.Compact(ids[:])) != 1 || len(h.snapshotAll(t).Bookings) != 1 {
				t.Errorf("one key made the bookings %v, want one", ids)
			}
		})
	})
}

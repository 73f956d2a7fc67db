package application_test

import (
	"context"
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

func TestCancelShowBookings(t *testing.T) {
	// calledOff is a show with as many holds, one a seat, that does not take place.
	calledOff := func(t *testing.T, h *harness, holds int) {
		sh := h.onSale(t, largeHouse())
		for _, seat := range row("A", holds) {
			h.held(t, ann, sh, seat)
		}
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		h.drainOutbox(t)
	}
	// cancelled counts the bookings that are.
	cancelled := func(t *testing.T, h *harness) (n int) {
		for _, one := range h.snapshotAll(t).Bookings {
			if one.Status == booking.StatusCancelled {
				n++
			}
		}
		return n
	}

	t.Run("cancels what is live, makes tickets void, and pays back", func(t *testing.T) {
		h := newHarness(t)
		sh, other := h.onSale(t, hamlet()), h.onSale(t, hamlet())
		held := h.held(t, ann, sh, "A-1")
		booked, _ := h.ticketed(t, sh, "A-2")
		elsewhere := h.held(t, ann, other, "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		h.handleEvents(t)
		h.wantStatus(t, held.ID(), booking.StatusCancelled)
		h.wantStatus(t, booked.ID(), booking.StatusCancelled)
		h.wantStatus(t, elsewhere.ID(), booking.StatusHeld)
		h.wantTickets(t, booked.ID(), ticket.StatusVoid)
		h.wantLedger(t, booked.ID(), "refunded")
		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{})
	})

	t.Run("leaves a payment that is under way for the next time", func(t *testing.T) {
		for token, ends := range map[string]string{"tok_ok": "refunded", "tok_declined": "declined"} {
			h := newHarness(t)
			paying := h.paying(t, token, h.onSale(t, hamlet()), "A-1")
			charge := h.drainOutbox(t)
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: paying.Show()})
			h.handleEvents(t)
			h.wantStatus(t, paying.ID(), booking.StatusPaying)

			for _, e := range charge {
				must(t, h.deliver(e))
			}
			wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
			h.handleEvents(t)
			h.wantStatus(t, paying.ID(), booking.StatusCancelled)
			h.wantLedger(t, paying.ID(), ends)
		}
	})

	t.Run("leaves a payment that began after its booking was listed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		h.CancelShowBookings = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() {
				mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
			})}
		}).CancelShowBookings
		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Deferred: 1})
		h.wantStatus(t, held.ID(), booking.StatusPaying)
	})

	t.Run("does not count a hold as left that expired after it was listed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		h.clock.Advance(holdFor)
		h.CancelShowBookings = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() { mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}) })}
		}).CancelShowBookings
		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, held.ID(), booking.StatusExpired)
	})

	t.Run("keeps a used ticket used, and pays it back like the others", func(t *testing.T) {
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1", "A-2")
		mustHandle(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: booked.Show()})
		h.handleEvents(t)
		h.wantStatus(t, booked.ID(), booking.StatusCancelled)
		h.wantTickets(t, booked.ID(), ticket.StatusUsed, ticket.StatusVoid)
		h.wantLedger(t, booked.ID(), "refunded")
	})

	t.Run("gets through more than a page", func(t *testing.T) {
		h := newHarness(t)
		calledOff(t, h, 250)
		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 250})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 250)
	})

	t.Run("stops where it is told to, and goes on from there", func(t *testing.T) {
		h := newHarness(t)
		calledOff(t, h, 130)
		ctx, stop := context.WithCancel(t.Context())
		working := h.with(func(p *application.Ports) { p.UnitOfWork = failingWork{h.db, after(110, stop)} }).CancelShowBookings
		swept, err := working.Handle(ctx, inbound.CancelShowBookings{})
		wantError(t, err, context.Canceled)
		wantEqual(t, "swept", swept, ports.BatchResult{Processed: 110, Deferred: 1})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 110)

		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 20})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 130)
		events := map[string]int{}
		for _, e := range h.drainOutbox(t) {
			events[e.Type]++
		}
		wantEqual(t, "events", events, map[string]int{"booking.cancelled": 130})
	})

	t.Run("goes past bookings that the store fails for, and takes them the next time", func(t *testing.T) {
		h := newHarness(t)
		calledOff(t, h, 130)
		working := h.with(func(p *application.Ports) { p.UnitOfWork = failingWork{h.db, firstCalls(105)} }).CancelShowBookings
		swept, err := working.Handle(t.Context(), inbound.CancelShowBookings{})
		wantError(t, err, errInjected)
		wantEqual(t, "swept", swept, ports.BatchResult{Processed: 25, Deferred: 105})
		wantEqual(t, "swept", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 105})
	})

	t.Run("says so when the store cannot even list them", func(t *testing.T) {
		h := newHarness(t)
		calledOff(t, h, 1)
		h.CancelShowBookings = h.with(func(p *application.Ports) { p.Bookings = unlistableBookings{h.Bookings} }).CancelShowBookings
		wantRefused(t, h.CancelShowBookings, inbound.CancelShowBookings{}, ports.ErrUnavailable)
	})
}

// after does something when it is asked for the time after the first n, and is
// never true.
func after(n int, do func()) func() bool {
	return func() bool {
		if n == 0 {
			do()
		}
		n--
		return false
	}
}

// lostBookings cannot be listed.
type unlistableBookings struct{ outbound.Bookings }

func (unlistableBookings) ListDue(context.Context, outbound.DueFilter, booking.ID, int) ([]booking.ID, error) {
	return nil, ports.ErrUnavailable
}

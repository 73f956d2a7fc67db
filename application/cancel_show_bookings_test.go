package application_test

import (
	"context"
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

func TestCancelShowBookings(t *testing.T) {
	// cancelledShow makes a cancelled show with the given number of one-seat holds.
	cancelledShow := func(t *testing.T, h *harness, holds int) {
		sh := h.onSale(t, largeHouse())
		for _, seat := range row("A", holds) {
			h.held(t, ann, sh, seat)
		}
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		h.drainOutbox(t)
	}
	cancelled := func(t *testing.T, h *harness) (n int) {
		for _, one := range h.snapshotAll(t).Bookings {
			if one.Status == booking.StatusCancelled {
				n++
			}
		}
		return n
	}

	t.Run("cancels and refunds live bookings, and voids their tickets", func(t *testing.T) {
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
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{})
	})

	t.Run("cancels only the bookings of its show when it reacts to an event", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		elsewhere := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		for _, b := range []*booking.Booking{held, elsewhere} {
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: b.Show()})
		}
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{Show: held.Show()}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, held.ID(), booking.StatusCancelled)
		h.wantStatus(t, elsewhere.ID(), booking.StatusHeld)
	})

	t.Run("winds up a show some minutes after it was cancelled, when it has no live booking", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: paying.Show()})
		empty := h.onSale(t, hamlet())
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: empty.ID()})
		// wantLeft checks how many shows the run left, and undoes the check.
		wantLeft := func(what string, want int) {
			t.Helper()
			err := h.db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
				got, err := s.Shows.WindUp(ctx, h.clock.Now())
				must(t, err)
				wantEqual(t, what, got, want)
				return errInjected
			})
			wantError(t, err, errInjected)
		}

		mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{})
		wantLeft("shows without a live booking, at once", 1)
		h.clock.Advance(5 * time.Minute)
		mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{Show: empty.ID()})
		wantLeft("shows without a live booking, after a run for one show", 1)
		mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{})
		wantLeft("shows without a live booking, after a run for all", 0)

		h.clock.Advance(24 * time.Hour)
		_, err := h.Bookings.Update(t.Context(), paying.ID(), func(b *booking.Booking) error {
			return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, h.clock.Now())
		})
		must(t, err)
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, paying.ID(), booking.StatusCancelled)
		wantLeft("shows without a live booking, after the last was cancelled", 0)
	})

	t.Run("defers a booking with a payment in flight", func(t *testing.T) {
		for _, payment := range []struct{ token, ends string }{{"tok_ok", "refunded"}, {"tok_declined", "declined"}} {
			h := newHarness(t)
			paying := h.paying(t, payment.token, h.onSale(t, hamlet()), "A-1")
			charge := h.drainOutbox(t)
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: paying.Show()})
			h.handleEvents(t)
			h.wantStatus(t, paying.ID(), booking.StatusPaying)

			for _, e := range charge {
				must(t, h.deliver(e))
			}
			wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
			h.handleEvents(t)
			h.wantStatus(t, paying.ID(), booking.StatusCancelled)
			h.wantLedger(t, paying.ID(), payment.ends)
		}
	})

	t.Run("defers a booking whose payment began after it was listed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		h.CancelShowBookings = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() {
				mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
			})}
		}).CancelShowBookings
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Deferred: 1})
		h.wantStatus(t, held.ID(), booking.StatusPaying)
	})

	t.Run("does not defer a hold that expired after it was listed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		h.clock.Advance(holdFor)
		h.CancelShowBookings = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() { mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}) })}
		}).CancelShowBookings
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, held.ID(), booking.StatusExpired)
	})

	t.Run("leaves a used ticket unchanged and refunds its booking", func(t *testing.T) {
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1", "A-2")
		mustHandle(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: booked.Show()})
		h.handleEvents(t)
		h.wantStatus(t, booked.ID(), booking.StatusCancelled)
		h.wantTickets(t, booked.ID(), ticket.StatusUsed, ticket.StatusVoid)
		h.wantLedger(t, booked.ID(), "refunded")
	})

	t.Run("processes more than one page of bookings", func(t *testing.T) {
		h := newHarness(t)
		cancelledShow(t, h, 250)
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 250})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 250)
	})

	t.Run("stops when its context ends, and continues in the next run", func(t *testing.T) {
		h := newHarness(t)
		cancelledShow(t, h, 130)
		ctx, stop := context.WithCancel(t.Context())
		working := h.with(func(p *application.Ports) { p.UnitOfWork = failingWork{h.db, after(110, stop)} }).CancelShowBookings
		result, err := working.Handle(ctx, inbound.CancelShowBookings{})
		wantError(t, err, context.Canceled)
		wantEqual(t, "result", result, ports.BatchResult{Processed: 110, Deferred: 1})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 110)

		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 20})
		wantEqual(t, "cancelled bookings", cancelled(t, h), 130)
		events := map[string]int{}
		for _, e := range h.drainOutbox(t) {
			events[e.Type]++
		}
		wantEqual(t, "events", events, map[string]int{"booking.cancelled": 130})
	})

	t.Run("defers bookings for which the store fails", func(t *testing.T) {
		h := newHarness(t)
		cancelledShow(t, h, 130)
		working := h.with(func(p *application.Ports) { p.UnitOfWork = failingWork{h.db, firstCalls(105)} }).CancelShowBookings
		result, err := working.Handle(t.Context(), inbound.CancelShowBookings{})
		wantError(t, err, errInjected)
		wantEqual(t, "result", result, ports.BatchResult{Processed: 25, Deferred: 105})
		wantEqual(t, "result", mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 105})
	})

	t.Run("fails when the store cannot list the bookings", func(t *testing.T) {
		h := newHarness(t)
		cancelledShow(t, h, 1)
		h.CancelShowBookings = h.with(func(p *application.Ports) { p.Bookings = unlistableBookings{h.Bookings} }).CancelShowBookings
		wantRefused(t, h.CancelShowBookings, inbound.CancelShowBookings{}, ports.ErrUnavailable)
	})
}

// after returns a function that always returns false. Call number n+1 also runs do().
func after(n int, do func()) func() bool {
	return func() bool {
		if n == 0 {
			do()
		}
		n--
		return false
	}
}

type unlistableBookings struct{ outbound.Bookings }

func (unlistableBookings) ListDue(context.Context, outbound.DueFilter, outbound.DueBooking, int) ([]outbound.DueBooking, error) {
	return nil, ports.ErrUnavailable
}

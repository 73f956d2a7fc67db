package application_test

import (
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestExpireHolds(t *testing.T) {
	t.Run("frees only the seats of expired holds", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		expired := h.held(t, ann, sh, "A-1")
		paying := h.paying(t, "tok_ok", sh, "A-2")
		confirmed := h.confirmed(t, sh, "A-3")
		h.clock.Advance(holdFor - time.Microsecond)
		fresh := h.held(t, ann, sh, "A-4")

		wantEqual(t, "result", mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{})
		h.clock.Advance(time.Microsecond)
		wantEqual(t, "result", mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, expired.ID(), booking.StatusExpired)
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		h.wantStatus(t, confirmed.ID(), booking.StatusConfirmed)
		h.wantStatus(t, fresh.ID(), booking.StatusHeld)
		h.held(t, bob, sh, "A-1")
	})

	t.Run("processes more than one page of bookings", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, largeHouse())
		for _, seat := range row("A", 250) {
			h.held(t, ann, sh, seat)
		}
		h.clock.Advance(holdFor)
		wantEqual(t, "result", mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 250})
	})

	t.Run("does nothing for a hold that was cancelled after it was listed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(holdFor)
		h.ExpireHolds = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() {
				mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
			})}
		}).ExpireHolds
		wantEqual(t, "result", mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 1})
		h.wantStatus(t, held.ID(), booking.StatusCancelled)
	})

	t.Run("excludes a concurrent payment: either the hold expires or the payment starts", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			h := newHarness(t)
			held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
			h.clock.Advance(holdFor - time.Microsecond)
			var refusal error
			concurrently(
				func() {
					_, refusal = h.RequestPayment.Handle(t.Context(), inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
				},
				func() {
					h.clock.Advance(time.Microsecond)
					_, err := h.ExpireHolds.Handle(t.Context(), inbound.ExpireHolds{})
					must(t, err)
				},
			)
			if refusal == nil {
				h.wantStatus(t, held.ID(), booking.StatusPaying)
				return
			}
			wantError(t, refusal, booking.ErrHoldExpired)
			mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
			h.wantStatus(t, held.ID(), booking.StatusExpired)
		})
	})
}

// largeHouse returns a show with 500 seats in row A.
func largeHouse() show.Spec {
	spec := hamlet()
	spec.Rows = []show.Row{{Name: "A", Seats: 500, Tier: "stalls"}}
	return spec
}

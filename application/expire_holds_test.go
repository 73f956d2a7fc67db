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
	t.Run("frees the seats of all holds that have lapsed, and of no others", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		lapsed := b.held(t, ann, sh, "A-1")
		paying := b.paying(t, "tok_ok", sh, "A-2")
		confirmed := b.confirmed(t, sh, "A-3")
		b.clock.Advance(holdFor - time.Microsecond)
		fresh := b.held(t, ann, sh, "A-4")

		wantEqual(t, "swept", ask(t, b.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{})
		b.clock.Advance(time.Microsecond)
		wantEqual(t, "swept", ask(t, b.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 1})
		b.wantStatus(t, lapsed.ID(), booking.StatusExpired)
		b.wantStatus(t, paying.ID(), booking.StatusPaying)
		b.wantStatus(t, confirmed.ID(), booking.StatusConfirmed)
		b.wantStatus(t, fresh.ID(), booking.StatusHeld)
		b.held(t, bob, sh, "A-1")
	})

	t.Run("sweeps more than a page", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, largeHouse())
		for _, seat := range row("A", 250) {
			b.held(t, ann, sh, seat)
		}
		b.clock.Advance(holdFor)
		wantEqual(t, "swept", ask(t, b.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 250})
	})

	t.Run("leaves alone what was given up after it was listed", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(holdFor)
		b.ExpireHolds = b.with(func(p *application.Ports) {
			p.Bookings = busyBookings{b.Bookings, firstTime(func() {
				ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
			})}
		}).ExpireHolds
		wantEqual(t, "swept", ask(t, b.ExpireHolds, inbound.ExpireHolds{}), ports.BatchResult{Processed: 1})
		b.wantStatus(t, held.ID(), booking.StatusCancelled)
	})

	t.Run("at the moment of a payment ends with one of the two", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			b := newBench(t)
			held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
			b.clock.Advance(holdFor - time.Microsecond)
			var refusal error
			atOnce(
				func() {
					_, refusal = b.RequestPayment.Handle(t.Context(), inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
				},
				func() {
					b.clock.Advance(time.Microsecond)
					_, err := b.ExpireHolds.Handle(t.Context(), inbound.ExpireHolds{})
					must(t, err)
				},
			)
			if refusal == nil {
				b.wantStatus(t, held.ID(), booking.StatusPaying)
				return
			}
			wantError(t, refusal, booking.ErrHoldExpired)
			ask(t, b.ExpireHolds, inbound.ExpireHolds{})
			b.wantStatus(t, held.ID(), booking.StatusExpired)
		})
	})
}

// largeHouse has 300 seats in row A.
func largeHouse() show.Spec {
	spec := hamlet()
	spec.Rows = []show.Row{{Name: "A", Seats: 500, Tier: "stalls"}}
	return spec
}

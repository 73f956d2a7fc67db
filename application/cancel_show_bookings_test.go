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
	calledOff := func(t *testing.T, b *bench, holds int) {
		sh := b.onSale(t, largeHouse())
		for _, seat := range row("A", holds) {
			b.held(t, ann, sh, seat)
		}
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		b.relayed(t)
	}
	// cancelled counts the bookings that are.
	cancelled := func(t *testing.T, b *bench) (n int) {
		for _, one := range b.picture(t).Bookings {
			if one.Status == booking.StatusCancelled {
				n++
			}
		}
		return n
	}

	t.Run("cancels what is live, makes tickets void, and pays back", func(t *testing.T) {
		b := newBench(t)
		sh, other := b.onSale(t, hamlet()), b.onSale(t, hamlet())
		held := b.held(t, ann, sh, "A-1")
		booked, _ := b.ticketed(t, sh, "A-2")
		elsewhere := b.held(t, ann, other, "A-1")
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		b.run(t)
		b.wantStatus(t, held.ID(), booking.StatusCancelled)
		b.wantStatus(t, booked.ID(), booking.StatusCancelled)
		b.wantStatus(t, elsewhere.ID(), booking.StatusHeld)
		b.wantTickets(t, booked.ID(), ticket.StatusVoid)
		b.wantLedger(t, booked.ID(), "refunded")
		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{})
	})

	t.Run("leaves a payment that is under way for the next time", func(t *testing.T) {
		for token, ends := range map[string]string{"tok_ok": "refunded", "tok_declined": "declined"} {
			b := newBench(t)
			paying := b.paying(t, token, b.onSale(t, hamlet()), "A-1")
			charge := b.relayed(t)
			ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: paying.Show()})
			b.run(t)
			b.wantStatus(t, paying.ID(), booking.StatusPaying)

			for _, e := range charge {
				must(t, b.deliver(e))
			}
			wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
			b.run(t)
			b.wantStatus(t, paying.ID(), booking.StatusCancelled)
			b.wantLedger(t, paying.ID(), ends)
		}
	})

	t.Run("leaves a payment that began after its booking was listed", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		b.CancelShowBookings = b.with(func(p *application.Ports) {
			p.Bookings = busyBookings{b.Bookings, firstTime(func() {
				ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
			})}
		}).CancelShowBookings
		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Deferred: 1})
		b.wantStatus(t, held.ID(), booking.StatusPaying)
	})

	t.Run("does not count a hold as left that expired after it was listed", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: held.Show()})
		b.clock.Advance(holdFor)
		b.CancelShowBookings = b.with(func(p *application.Ports) {
			p.Bookings = busyBookings{b.Bookings, firstTime(func() { ask(t, b.ExpireHolds, inbound.ExpireHolds{}) })}
		}).CancelShowBookings
		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 1})
		b.wantStatus(t, held.ID(), booking.StatusExpired)
	})

	t.Run("keeps a used ticket used, and pays it back like the others", func(t *testing.T) {
		b := newBench(t)
		booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1", "A-2")
		ask(t, b.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: booked.Show()})
		b.run(t)
		b.wantStatus(t, booked.ID(), booking.StatusCancelled)
		b.wantTickets(t, booked.ID(), ticket.StatusUsed, ticket.StatusVoid)
		b.wantLedger(t, booked.ID(), "refunded")
	})

	t.Run("gets through more than a page", func(t *testing.T) {
		b := newBench(t)
		calledOff(t, b, 250)
		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 250})
		wantEqual(t, "cancelled bookings", cancelled(t, b), 250)
	})

	t.Run("stops where it is told to, and goes on from there", func(t *testing.T) {
		b := newBench(t)
		calledOff(t, b, 130)
		ctx, stop := context.WithCancel(t.Context())
		working := b.with(func(p *application.Ports) { p.UnitOfWork = shakyWork{b.db, after(110, stop)} }).CancelShowBookings
		swept, err := working.Handle(ctx, inbound.CancelShowBookings{})
		wantError(t, err, context.Canceled)
		wantEqual(t, "swept", swept, ports.BatchResult{Processed: 110, Deferred: 1})
		wantEqual(t, "cancelled bookings", cancelled(t, b), 110)

		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 20})
		wantEqual(t, "cancelled bookings", cancelled(t, b), 130)
		events := map[string]int{}
		for _, e := range b.relayed(t) {
			events[e.Type]++
		}
		wantEqual(t, "events", events, map[string]int{"booking.cancelled": 130})
	})

	t.Run("goes past bookings that the store fails for, and takes them the next time", func(t *testing.T) {
		b := newBench(t)
		calledOff(t, b, 130)
		working := b.with(func(p *application.Ports) { p.UnitOfWork = shakyWork{b.db, times(105)} }).CancelShowBookings
		swept, err := working.Handle(t.Context(), inbound.CancelShowBookings{})
		wantError(t, err, errBroken)
		wantEqual(t, "swept", swept, ports.BatchResult{Processed: 25, Deferred: 105})
		wantEqual(t, "swept", ask(t, b.CancelShowBookings, inbound.CancelShowBookings{}), ports.BatchResult{Processed: 105})
	})

	t.Run("says so when the store cannot even list them", func(t *testing.T) {
		b := newBench(t)
		calledOff(t, b, 1)
		b.CancelShowBookings = b.with(func(p *application.Ports) { p.Bookings = lostBookings{b.Bookings} }).CancelShowBookings
		refuse(t, b.CancelShowBookings, inbound.CancelShowBookings{}, ports.ErrUnavailable)
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
type lostBookings struct{ outbound.Bookings }

func (lostBookings) ListDue(context.Context, outbound.DueFilter, booking.ID, int) ([]booking.ID, error) {
	return nil, ports.ErrUnavailable
}

package application_test

import (
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestCancelBooking(t *testing.T) {
	t.Run("gives a hold up, and owes nothing", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		held := b.held(t, ann, sh, "A-1")
		cancelled := ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
		wantEqual(t, "refund", cancelled.Refund(), booking.RefundNone)
		b.held(t, bob, sh, "A-1")
		b.run(t)
		wantEqual(t, "charges", len(b.charges(t)), 0)
	})

	t.Run("makes the tickets void, frees the seats and pays the charge back", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		booked, _ := b.ticketed(t, sh, "A-1", "A-2")
		cancelled := ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		wantEqual(t, "refund", cancelled.Refund(), booking.RefundDue)
		b.wantTickets(t, booked.ID(), ticket.StatusVoid, ticket.StatusVoid)
		b.held(t, bob, sh, "A-1", "A-2")
		b.run(t)
		wantEqual(t, "refund", b.booking(t, booked.ID()).Refund(), booking.RefundPaid)
		b.wantLedger(t, booked.ID(), "refunded")
	})

	t.Run("changes nothing the second time", func(t *testing.T) {
		b := newBench(t)
		booked, _ := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		cancel := inbound.CancelBooking{Actor: ann, Booking: booked.ID()}
		ask(t, b.CancelBooking, cancel)
		before := b.picture(t)
		b.relayed(t)
		ask(t, b.CancelBooking, cancel)
		wantEqual(t, "what is stored", b.picture(t), before)
		wantEqual(t, "events", b.relayed(t), nil)
	})

	t.Run("changes nothing about a used ticket of a show that was called off", func(t *testing.T) {
		b := newBench(t)
		booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		ask(t, b.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: booked.Show()})
		ask(t, b.CancelShowBookings, inbound.CancelShowBookings{})
		again := ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		wantEqual(t, "booking", again.Snapshot(), b.booking(t, booked.ID()).Snapshot())
		b.wantTickets(t, booked.ID(), ticket.StatusUsed)
	})

	t.Run("refuses, and changes nothing,", func(t *testing.T) {
		for name, refused := range map[string]struct {
			after  func(t *testing.T, b *bench) *booking.Booking
			status booking.Status
		}{
			"while a payment is under way": {func(t *testing.T, b *bench) *booking.Booking {
				return b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
			}, booking.StatusPaying},
			"once the hold has expired": {func(t *testing.T, b *bench) *booking.Booking {
				held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
				b.clock.Advance(time.Hour)
				ask(t, b.ExpireHolds, inbound.ExpireHolds{})
				return held
			}, booking.StatusExpired},
			"once the show has started": {func(t *testing.T, b *bench) *booking.Booking {
				booked, _ := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
				b.clock.Advance(curtain.Sub(noon))
				return booked
			}, booking.StatusConfirmed},
			"once one of the tickets was used": {func(t *testing.T, b *bench) *booking.Booking {
				booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1", "A-2", "A-3")
				ask(t, b.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[1].Code()})
				return booked
			}, booking.StatusConfirmed},
		} {
			t.Run(name, func(t *testing.T) {
				b := newBench(t)
				booked := refused.after(t, b)
				before := b.picture(t)
				b.relayed(t)
				_, err := b.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
				wantEqual(t, "status", wantRefusal[*booking.NotCancellableError](t, err).Status, refused.status)
				wantEqual(t, "what is stored", b.picture(t), before)
				wantEqual(t, "events", b.relayed(t), nil)
			})
		}
	})

	t.Run("at the moment of an admission ends with one of the two", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			b := newBench(t)
			booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
			var refusedCancel, refusedEntry error
			atOnce(
				func() {
					_, refusedCancel = b.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
				},
				func() {
					_, refusedEntry = b.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
				},
			)
			if refusedCancel == nil {
				wantError(t, refusedEntry, ticket.ErrVoid)
				b.wantStatus(t, booked.ID(), booking.StatusCancelled)
				return
			}
			_ = wantRefusal[*booking.NotCancellableError](t, refusedCancel)
			must(t, refusedEntry)
			b.wantStatus(t, booked.ID(), booking.StatusConfirmed)
			b.wantTickets(t, booked.ID(), ticket.StatusUsed)
		})
	})
}

func TestRefundPayment(t *testing.T) {
	// due is a booking of Ann's whose charge is to be paid back.
	due := func(t *testing.T, b *bench) *booking.Booking {
		booked, _ := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		defer b.relayed(t)
		return ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
	}

	t.Run("pays back once and says so once, however often the event comes", func(t *testing.T) {
		b := newBench(t)
		cancelled := due(t, b)
		cmd := inbound.RefundPayment{Booking: cancelled.ID()}
		refund := func() {
			if _, err := b.RefundPayment.Handle(t.Context(), cmd); err != nil {
				t.Error(err)
			}
		}
		atOnce(refund, refund, refund)
		refund()
		wantEqual(t, "refund", b.booking(t, cancelled.ID()).Refund(), booking.RefundPaid)
		b.wantLedger(t, cancelled.ID(), "refunded")
		wantEqual(t, "events", types(b.relayed(t), cancelled.ID()), []string{"booking.refunded"})
	})

	t.Run("fails while the gateway is away, and the refund stays due", func(t *testing.T) {
		for _, trouble := range []int32{cut, mute, delayed} {
			b := newBench(t)
			cancelled := due(t, b)
			cmd := inbound.RefundPayment{Booking: cancelled.ID()}
			b.line.trouble.Store(trouble)
			refuse(t, b.RefundPayment, cmd, ports.ErrUnavailable)
			wantEqual(t, "refund", b.booking(t, cancelled.ID()).Refund(), booking.RefundDue)

			b.line.trouble.Store(inOrder)
			b.line.letThrough()
			ask(t, b.RefundPayment, cmd)
			wantEqual(t, "refund", b.booking(t, cancelled.ID()).Refund(), booking.RefundPaid)
			b.wantLedger(t, cancelled.ID(), "refunded")
		}
	})

	t.Run("has nothing to do for a hold that was given up", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
		b.relayed(t)
		ask(t, b.RefundPayment, inbound.RefundPayment{Booking: held.ID()})
		wantEqual(t, "events", b.relayed(t), nil)
	})

	t.Run("fails, to be looked at, when the gateway knows of no charge", func(t *testing.T) {
		b := newBench(t)
		cancelled := due(t, b)
		b.RefundPayment = b.with(func(p *application.Ports) { p.Gateway = newBench(t).gateway }).RefundPayment
		refuse(t, b.RefundPayment, inbound.RefundPayment{Booking: cancelled.ID()}, ports.ErrNotFound)
		wantEqual(t, "refund", b.booking(t, cancelled.ID()).Refund(), booking.RefundDue)
	})
}

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
	t.Run("releases a hold without a refund", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		held := h.held(t, ann, sh, "A-1")
		cancelled := mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
		wantEqual(t, "refund", cancelled.Refund(), booking.RefundNone)
		h.held(t, bob, sh, "A-1")
		h.handleEvents(t)
		wantEqual(t, "charges", len(h.charges(t)), 0)
	})

	t.Run("voids the tickets, frees the seats and refunds the charge", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		booked, _ := h.ticketed(t, sh, "A-1", "A-2")
		cancelled := mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		wantEqual(t, "refund", cancelled.Refund(), booking.RefundDue)
		h.wantTickets(t, booked.ID(), ticket.StatusVoid, ticket.StatusVoid)
		h.held(t, bob, sh, "A-1", "A-2")
		h.handleEvents(t)
		wantEqual(t, "refund", h.booking(t, booked.ID()).Refund(), booking.RefundPaid)
		h.wantLedger(t, booked.ID(), "refunded")
	})

	t.Run("changes nothing the second time", func(t *testing.T) {
		h := newHarness(t)
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		cancel := inbound.CancelBooking{Actor: ann, Booking: booked.ID()}
		mustHandle(t, h.CancelBooking, cancel)
		before := h.snapshotAll(t)
		h.drainOutbox(t)
		mustHandle(t, h.CancelBooking, cancel)
		wantEqual(t, "what is stored", h.snapshotAll(t), before)
		wantEqual(t, "events", h.drainOutbox(t), nil)
	})

	t.Run("leaves a used ticket of a cancelled show unchanged", func(t *testing.T) {
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: booked.Show()})
		mustHandle(t, h.CancelShowBookings, inbound.CancelShowBookings{})
		again := mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		wantEqual(t, "booking", again.Snapshot(), h.booking(t, booked.ID()).Snapshot())
		h.wantTickets(t, booked.ID(), ticket.StatusUsed)
	})

	t.Run("refuses and changes nothing", func(t *testing.T) {
		for _, refused := range []struct {
			name    string
			arrange func(t *testing.T, h *harness) *booking.Booking
			status  booking.Status
		}{
			{"while a payment is in flight", func(t *testing.T, h *harness) *booking.Booking {
				return h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
			}, booking.StatusPaying},
			{"after the hold expired", func(t *testing.T, h *harness) *booking.Booking {
				held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
				h.clock.Advance(time.Hour)
				mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
				return held
			}, booking.StatusExpired},
			{"after the show started", func(t *testing.T, h *harness) *booking.Booking {
				booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
				h.clock.Advance(showStart.Sub(noon))
				return booked
			}, booking.StatusConfirmed},
			{"after a ticket was used", func(t *testing.T, h *harness) *booking.Booking {
				booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1", "A-2", "A-3")
				mustHandle(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[1].Code()})
				return booked
			}, booking.StatusConfirmed},
		} {
			t.Run(refused.name, func(t *testing.T) {
				h := newHarness(t)
				booked := refused.arrange(t, h)
				before := h.snapshotAll(t)
				h.drainOutbox(t)
				_, err := h.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
				wantEqual(t, "status", wantErrorAs[*booking.NotCancellableError](t, err).Status, refused.status)
				wantEqual(t, "what is stored", h.snapshotAll(t), before)
				wantEqual(t, "events", h.drainOutbox(t), nil)
			})
		}
	})

	t.Run("excludes a concurrent admission: exactly one of the two succeeds", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			h := newHarness(t)
			booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
			var refusedCancel, refusedEntry error
			concurrently(
				func() {
					_, refusedCancel = h.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
				},
				func() {
					_, refusedEntry = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
				},
			)
			if refusedCancel == nil {
				wantError(t, refusedEntry, ticket.ErrVoid)
				h.wantStatus(t, booked.ID(), booking.StatusCancelled)
				return
			}
			_ = wantErrorAs[*booking.NotCancellableError](t, refusedCancel)
			must(t, refusedEntry)
			h.wantStatus(t, booked.ID(), booking.StatusConfirmed)
			h.wantTickets(t, booked.ID(), ticket.StatusUsed)
		})
	})
}

func TestRefundPayment(t *testing.T) {
	// refundDue returns a cancelled booking whose refund is due.
	refundDue := func(t *testing.T, h *harness) *booking.Booking {
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		defer h.drainOutbox(t)
		return mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
	}

	t.Run("refunds once and records one event, however often it is called", func(t *testing.T) {
		h := newHarness(t)
		cancelled := refundDue(t, h)
		cmd := inbound.RefundPayment{Booking: cancelled.ID()}
		refund := func() {
			if _, err := h.RefundPayment.Handle(t.Context(), cmd); err != nil {
				t.Error(err)
			}
		}
		concurrently(refund, refund, refund)
		refund()
		wantEqual(t, "refund", h.booking(t, cancelled.ID()).Refund(), booking.RefundPaid)
		h.wantLedger(t, cancelled.ID(), "refunded")
		wantEqual(t, "events", types(h.drainOutbox(t), cancelled.ID()), []string{"booking.refunded"})
	})

	t.Run("fails while the gateway is unavailable and leaves the refund due", func(t *testing.T) {
		for _, mode := range []int32{unreachable, responsesLost, requestsDelayed} {
			h := newHarness(t)
			cancelled := refundDue(t, h)
			cmd := inbound.RefundPayment{Booking: cancelled.ID()}
			h.transport.mode.Store(mode)
			wantRefused(t, h.RefundPayment, cmd, ports.ErrUnavailable)
			wantEqual(t, "refund", h.booking(t, cancelled.ID()).Refund(), booking.RefundDue)

			h.transport.mode.Store(working)
			h.transport.deliverDelayed()
			mustHandle(t, h.RefundPayment, cmd)
			wantEqual(t, "refund", h.booking(t, cancelled.ID()).Refund(), booking.RefundPaid)
			h.wantLedger(t, cancelled.ID(), "refunded")
		}
	})

	t.Run("does nothing for a cancelled hold", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: held.ID()})
		h.drainOutbox(t)
		mustHandle(t, h.RefundPayment, inbound.RefundPayment{Booking: held.ID()})
		wantEqual(t, "events", h.drainOutbox(t), nil)
	})

	t.Run("fails when the gateway does not know the charge", func(t *testing.T) {
		h := newHarness(t)
		cancelled := refundDue(t, h)
		h.RefundPayment = h.with(func(p *application.Ports) { p.Gateway = newHarness(t).gateway }).RefundPayment
		wantRefused(t, h.RefundPayment, inbound.RefundPayment{Booking: cancelled.ID()}, ports.ErrNotFound)
		wantEqual(t, "refund", h.booking(t, cancelled.ID()).Refund(), booking.RefundDue)
	})
}

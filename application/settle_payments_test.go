package application_test

import (
	"context"
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// failingLookups is a gateway whose lookups fail if fails() is true.
type failingLookups struct {
	outbound.PaymentGateway
	fails func() bool
}

func (g failingLookups) Lookup(ctx context.Context, key booking.ChargeKey) (outbound.ChargeOutcome, error) {
	if g.fails() {
		return outbound.ChargeOutcome{}, ports.ErrUnavailable
	}
	return g.PaymentGateway.Lookup(ctx, key)
}

func TestSettlePayments(t *testing.T) {
	// unanswered returns a booking that is still paying although the gateway has
	// processed the charge.
	unanswered := func(t *testing.T, h *harness, sh *show.Show, seat show.Label, token string) *booking.Booking {
		paying := h.paying(t, token, sh, seat)
		_, err := h.gateway.Charge(t.Context(), outbound.ChargeRequest{
			Key: paying.ChargeKey(), Booking: paying.ID(), Amount: paying.Total(), Token: token,
		})
		must(t, err)
		return paying
	}

	t.Run("confirms overdue payments that were charged and declines the others", func(t *testing.T) {
		for _, hold := range []struct {
			duration time.Duration
			declined booking.Status
		}{{time.Hour, booking.StatusHeld}, {time.Minute, booking.StatusExpired}} {
			h := newHarness(t)
			h.HoldSeats = h.withHold(hold.duration, func(*application.Ports) {}).HoldSeats
			sh := h.onSale(t, hamlet())
			charged := unanswered(t, h, sh, "A-1", "tok_ok")
			refused := unanswered(t, h, sh, "A-2", "tok_declined")
			unknown := h.paying(t, "tok_ok", sh, "A-3")
			h.clock.Advance(time.Second)
			young := h.paying(t, "tok_ok", sh, "A-4")

			h.clock.Advance(payWithin - time.Second)
			wantEqual(t, "result", mustHandle(t, h.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 3})
			h.wantStatus(t, charged.ID(), booking.StatusConfirmed)
			h.wantStatus(t, refused.ID(), hold.declined)
			h.wantStatus(t, unknown.ID(), hold.declined)
			h.wantStatus(t, young.ID(), booking.StatusPaying)
			wantEqual(t, "reason", h.booking(t, refused.ID()).Declined(), "card declined")
			wantEqual(t, "reason", h.booking(t, unknown.ID()).Declined(), "the payment was not made in time")
		}
	})

	t.Run("defers every payment while the gateway is unavailable", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		charged := unanswered(t, h, sh, "A-1", "tok_ok")
		unknown := h.paying(t, "tok_ok", sh, "A-2")
		h.drainOutbox(t)
		h.clock.Advance(payWithin)
		h.transport.mode.Store(unreachable)
		result, err := h.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
		wantError(t, err, ports.ErrUnavailable)
		wantEqual(t, "result", result, ports.BatchResult{Deferred: 2})
		h.wantStatus(t, charged.ID(), booking.StatusPaying)
		h.wantStatus(t, unknown.ID(), booking.StatusPaying)
		wantEqual(t, "events", h.drainOutbox(t), nil)

		h.transport.mode.Store(working)
		wantEqual(t, "result", mustHandle(t, h.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 2})
		h.wantStatus(t, charged.ID(), booking.StatusConfirmed)
	})

	t.Run("continues after failed lookups", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, largeHouse())
		for _, seat := range row("A", 205) {
			h.paying(t, "tok_ok", sh, seat)
		}
		h.clock.Advance(payWithin)
		h.SettlePayments = h.with(func(p *application.Ports) { p.Gateway = failingLookups{h.gateway, firstCalls(103)} }).SettlePayments
		result, err := h.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
		wantError(t, err, ports.ErrUnavailable)
		wantEqual(t, "result", result, ports.BatchResult{Processed: 102, Deferred: 103})
	})

	t.Run("does nothing for a payment that was settled after it was listed", func(t *testing.T) {
		h := newHarness(t)
		charged := unanswered(t, h, h.onSale(t, hamlet()), "A-1", "tok_ok")
		h.drainOutbox(t)
		h.clock.Advance(payWithin)
		another := h.SettlePayments
		h.SettlePayments = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() { mustHandle(t, another, inbound.SettlePayments{}) })}
		}).SettlePayments
		wantEqual(t, "result", mustHandle(t, h.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 1})
		wantEqual(t, "events", types(h.drainOutbox(t), charged.ID()), []string{"booking.confirmed"})
	})

	t.Run("does not settle an attempt that began after its booking was listed", func(t *testing.T) {
		h := newHarness(t)
		h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin)
		another := h.SettlePayments
		h.SettlePayments = h.with(func(p *application.Ports) {
			p.Bookings = interleavedBookings{h.Bookings, onFirstCall(func() {
				mustHandle(t, another, inbound.SettlePayments{})
				mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
			})}
		}).SettlePayments
		mustHandle(t, h.SettlePayments, inbound.SettlePayments{})
		if second := h.booking(t, first.ID()); !second.IsPaying(2) {
			t.Errorf("attempt %d, and the booking is %s; want attempt 2, paying", second.Attempt(), second.Status())
		}
	})

	t.Run("confirms once when ChargePayment runs concurrently", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			h := newHarness(t)
			paying := unanswered(t, h, h.onSale(t, hamlet()), "A-1", "tok_ok")
			h.drainOutbox(t)
			cmd := chargeOf(paying)
			h.clock.Advance(payWithin - time.Microsecond)
			concurrently(
				func() {
					_, err := h.ChargePayment.Handle(t.Context(), cmd)
					must(t, err)
				},
				func() {
					h.clock.Advance(time.Microsecond)
					_, err := h.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
					must(t, err)
				},
			)
			h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
			h.wantLedger(t, paying.ID(), "charged")
			wantEqual(t, "events", types(h.drainOutbox(t), paying.ID()), []string{"booking.confirmed"})
		})
	})
}

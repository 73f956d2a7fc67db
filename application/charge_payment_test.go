package application_test

import (
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/tests/testkit"
)

func TestRequestPayment(t *testing.T) {
	t.Run("requests one payment of the total, even if called twice", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1", "B-1")
		h.drainOutbox(t)
		request := inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"}
		mustHandle(t, h.RequestPayment, request)
		_, err := h.RequestPayment.Handle(t.Context(), request)
		wantEqual(t, "status", wantErrorAs[*booking.NotPayableError](t, err).Status, booking.StatusPaying)
		events := h.drainOutbox(t)
		wantEqual(t, "events", types(events, held.ID()), []string{"booking.payment_requested"})
		wantEqual(t, "event", events[0].Body.(booking.PaymentRequested), booking.PaymentRequested{
			Booking: held.ID(), Attempt: 1, Amount: held.Total(), Token: "tok_ok", At: noon,
		})
	})

	t.Run("refuses an expired hold", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(holdFor)
		wantRefused(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"}, booking.ErrHoldExpired)
	})
}

func TestChargePayment(t *testing.T) {
	t.Run("charges once and confirms once, however often the event is delivered", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1", "B-1")
		events := h.drainOutbox(t)
		request := events[len(events)-1]
		for range 3 {
			must(t, h.deliver(request))
		}
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
		wantEqual(t, "amount", h.charges(t)[paying.ChargeKey()].Amount, 6500)
		wantEqual(t, "events", types(h.drainOutbox(t), paying.ID()), []string{"booking.confirmed"})
	})

	t.Run("charges once and confirms once under concurrent deliveries", func(t *testing.T) {
		rounds(t, 10, func(t *testing.T) {
			h := newHarness(t)
			paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
			h.drainOutbox(t)
			cmd := chargeOf(paying)
			charge := func() {
				if _, err := h.ChargePayment.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			concurrently(charge, charge, charge, charge)
			h.wantLedger(t, paying.ID(), "charged")
			wantEqual(t, "events", types(h.drainOutbox(t), paying.ID()), []string{"booking.confirmed"})
		})
	})

	t.Run("keeps the hold and the reason after a decline, and allows another attempt", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_declined", h.onSale(t, hamlet()), "A-1")
		h.handleEvents(t)
		declined := h.booking(t, paying.ID())
		if declined.Status() != booking.StatusHeld || declined.Declined() != "card declined" {
			t.Errorf("the booking is %s with reason %q, want held with card declined", declined.Status(), declined.Declined())
		}
		mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: paying.ID(), Token: "tok_ok"})
		h.handleEvents(t)
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "declined", "charged")
	})

	t.Run("expires a declined booking whose hold has ended", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_declined", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(holdFor)
		h.handleEvents(t)
		h.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("fails while the gateway is unavailable and leaves the booking paying", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.drainOutbox(t)
		h.transport.mode.Store(unreachable)
		wantRefused(t, h.ChargePayment, chargeOf(paying), ports.ErrUnavailable)
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		wantEqual(t, "events", h.drainOutbox(t), nil)

		h.transport.mode.Store(working)
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
	})

	t.Run("finds a charge whose response was lost", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.ChargePayment = h.with(func(p *application.Ports) {
			p.Gateway = interleavedGateway{h.gateway,
				func() { h.transport.mode.Store(responsesLost) },
				func() { h.transport.mode.Store(working) },
			}
		}).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("does not decline a payment whose request is still in flight", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		interleaved := interleavedGateway{h.gateway,
			func() { h.transport.mode.Store(requestsDelayed) },
			func() { h.transport.mode.Store(working) },
		}
		h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = interleaved }).ChargePayment
		wantRefused(t, h.ChargePayment, chargeOf(paying), ports.ErrUnavailable)
		h.wantStatus(t, paying.ID(), booking.StatusPaying)

		h.transport.deliverDelayed()
		h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = h.gateway }).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("starts no charge in the last fifth of payWithin", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin - payWithin/5)
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		h.wantLedger(t, paying.ID(), "never requested")
	})

	t.Run("starts no charge after payWithin has passed", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin)
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		h.wantLedger(t, paying.ID(), "never requested")

		mustHandle(t, h.SettlePayments, inbound.SettlePayments{})
		h.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("fails for an unknown booking", func(t *testing.T) {
		h := newHarness(t)
		wantRefused(t, h.ChargePayment, inbound.ChargePayment{Booking: "none", Attempt: 1, Token: "tok_ok"}, ports.ErrNotFound)
	})
}

// TestALateChargeIsRefunded tests charges that succeed after their payment was declined,
// and two charges that the booking owns.
func TestALateChargeIsRefunded(t *testing.T) {
	settled := func(t *testing.T, h *harness) {
		h.clock.Advance(payWithin)
		mustHandle(t, h.SettlePayments, inbound.SettlePayments{})
	}
	for _, late := range []struct {
		name string
		// meanwhile is called before the charge reaches the gateway.
		meanwhile func(t *testing.T, h *harness, id booking.ID)
		ends      booking.Status
	}{
		{
			"for a declined booking",
			func(t *testing.T, h *harness, _ booking.ID) { settled(t, h) }, booking.StatusHeld,
		},
		{
			"for an expired booking",
			func(t *testing.T, h *harness, _ booking.ID) {
				settled(t, h)
				h.clock.Advance(time.Hour)
				mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
			}, booking.StatusExpired,
		},
		{
			"for a cancelled booking",
			func(t *testing.T, h *harness, id booking.ID) {
				settled(t, h)
				mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: id})
			}, booking.StatusCancelled,
		},
	} {
		// charging returns a paying booking whose hold lasts longer than payWithin.
		charging := func(t *testing.T) (*harness, *booking.Booking) {
			h := newHarness(t)
			h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
			paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
			h.drainOutbox(t)
			return h, paying
		}
		t.Run(late.name, func(t *testing.T) {
			h, paying := charging(t)
			h.ChargePayment = h.with(func(p *application.Ports) {
				p.Gateway = interleavedGateway{PaymentGateway: h.gateway, before: func() { late.meanwhile(t, h, paying.ID()) }}
			}).ChargePayment
			mustHandle(t, h.ChargePayment, chargeOf(paying))
			h.wantStatus(t, paying.ID(), late.ends)
			h.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(late.name+", at the next delivery after a crash", func(t *testing.T) {
			h, paying := charging(t)
			cmd := chargeOf(paying)
			h.ChargePayment = h.with(func(p *application.Ports) {
				p.Gateway = interleavedGateway{h.gateway,
					func() { late.meanwhile(t, h, paying.ID()) },
					func() { panic(errInjected) },
				}
			}).ChargePayment
			testkit.WantPanic(t, errInjected, func() { _, _ = h.ChargePayment.Handle(t.Context(), cmd) })
			h.wantLedger(t, paying.ID(), "charged")

			h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = h.gateway }).ChargePayment
			mustHandle(t, h.ChargePayment, cmd)
			h.wantStatus(t, paying.ID(), late.ends)
			h.wantLedger(t, paying.ID(), "refunded")
			mustHandle(t, h.ChargePayment, cmd)
			h.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(late.name+", at the next delivery after an outage of the gateway", func(t *testing.T) {
			h, paying := charging(t)
			cmd := chargeOf(paying)
			h.ChargePayment = h.with(func(p *application.Ports) {
				p.Gateway = interleavedGateway{h.gateway,
					func() { late.meanwhile(t, h, paying.ID()) },
					func() { h.transport.mode.Store(unreachable) },
				}
			}).ChargePayment
			wantRefused(t, h.ChargePayment, cmd, ports.ErrUnavailable)
			h.wantLedger(t, paying.ID(), "charged")

			h.transport.mode.Store(working)
			h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = h.gateway }).ChargePayment
			mustHandle(t, h.ChargePayment, cmd)
			h.wantStatus(t, paying.ID(), late.ends)
			h.wantLedger(t, paying.ID(), "refunded")
		})
	}

	t.Run("when a second attempt has already been charged", func(t *testing.T) {
		h := newHarness(t)
		h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.drainOutbox(t)
		h.ChargePayment = h.with(func(p *application.Ports) {
			p.Gateway = interleavedGateway{PaymentGateway: h.gateway, before: onFirstCall(func() {
				settled(t, h)
				second := mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
				mustHandle(t, h.ChargePayment, chargeOf(second))
			})}
		}).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(first))
		h.wantStatus(t, first.ID(), booking.StatusConfirmed)
		h.wantLedger(t, first.ID(), "refunded", "charged")
	})

	t.Run("when a second attempt is in flight", func(t *testing.T) {
		h := newHarness(t)
		h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.drainOutbox(t)
		var second *booking.Booking
		h.ChargePayment = h.with(func(p *application.Ports) {
			p.Gateway = interleavedGateway{PaymentGateway: h.gateway, before: onFirstCall(func() {
				settled(t, h)
				second = mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
			})}
		}).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(first))
		h.wantLedger(t, first.ID(), "refunded", "never requested")
		mustHandle(t, h.ChargePayment, chargeOf(second))
		h.wantStatus(t, first.ID(), booking.StatusConfirmed)
		h.wantLedger(t, first.ID(), "refunded", "charged")
	})

	t.Run("unless SettlePayments used it to confirm the booking", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.ChargePayment = h.with(func(p *application.Ports) {
			p.Gateway = interleavedGateway{PaymentGateway: h.gateway, after: func() { settled(t, h) }}
		}).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("by RefundPayment if a refund is due already", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		cmd := chargeOf(paying)
		mustHandle(t, h.ChargePayment, cmd)
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: paying.ID()})
		mustHandle(t, h.ChargePayment, cmd)
		h.wantLedger(t, paying.ID(), "charged")
		h.handleEvents(t)
		h.wantLedger(t, paying.ID(), "refunded")
	})
}

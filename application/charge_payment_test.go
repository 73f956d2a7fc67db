package application_test

import (
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestRequestPayment(t *testing.T) {
	t.Run("asks for the total, once an attempt", func(t *testing.T) {
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

	t.Run("refuses a hold that has lapsed", func(t *testing.T) {
		h := newHarness(t)
		held := h.held(t, ann, h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(holdFor)
		wantRefused(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"}, booking.ErrHoldExpired)
	})
}

func TestChargePayment(t *testing.T) {
	t.Run("charges once and confirms once, however often the event comes", func(t *testing.T) {
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

	t.Run("charges once and confirms once when the event comes several times at once", func(t *testing.T) {
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

	t.Run("gives a declined booking back, with its reason, for another attempt", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_declined", h.onSale(t, hamlet()), "A-1")
		h.handleEvents(t)
		declined := h.booking(t, paying.ID())
		if declined.Status() != booking.StatusHeld || declined.Declined() != "card declined" {
			t.Errorf("the booking is %s because of %q, want it held and why", declined.Status(), declined.Declined())
		}
		mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: paying.ID(), Token: "tok_ok"})
		h.handleEvents(t)
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "declined", "charged")
	})

	t.Run("lets a declined booking expire when its time is up", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_declined", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(holdFor)
		h.handleEvents(t)
		h.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("fails while the gateway is away, and the booking stays paying", func(t *testing.T) {
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

	t.Run("finds a charge whose answer was lost", func(t *testing.T) {
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

	t.Run("does not take a request that is still on its way for declined", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		busy := interleavedGateway{h.gateway,
			func() { h.transport.mode.Store(requestsDelayed) },
			func() { h.transport.mode.Store(working) },
		}
		h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = busy }).ChargePayment
		wantRefused(t, h.ChargePayment, chargeOf(paying), ports.ErrUnavailable)
		h.wantStatus(t, paying.ID(), booking.StatusPaying)

		h.transport.deliverDelayed()
		h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = h.gateway }).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("starts no charge that might still be on its way when the payment is settled", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin - payWithin/5)
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		h.wantLedger(t, paying.ID(), "never requested")
	})

	t.Run("starts no charge once the payment is to be settled", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin)
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusPaying)
		h.wantLedger(t, paying.ID(), "never requested")

		mustHandle(t, h.SettlePayments, inbound.SettlePayments{})
		h.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("does not know a booking that is not there", func(t *testing.T) {
		h := newHarness(t)
		wantRefused(t, h.ChargePayment, inbound.ChargePayment{Booking: "none", Attempt: 1, Token: "tok_ok"}, ports.ErrNotFound)
	})
}

// TestALateChargeIsPaidBack has bookings decided while their charge is under
// way: the money comes in when nobody waits for it any more.
func TestALateChargeIsPaidBack(t *testing.T) {
	settled := func(t *testing.T, h *harness) {
		h.clock.Advance(payWithin)
		mustHandle(t, h.SettlePayments, inbound.SettlePayments{})
	}
	for name, late := range map[string]struct {
		// meanwhile goes on before the charge reaches the gateway.
		meanwhile func(t *testing.T, h *harness, id booking.ID)
		ends      booking.Status
	}{
		"of a booking that was declined": {
			func(t *testing.T, h *harness, _ booking.ID) { settled(t, h) }, booking.StatusHeld,
		},
		"of a booking that has expired": {
			func(t *testing.T, h *harness, _ booking.ID) {
				settled(t, h)
				h.clock.Advance(time.Hour)
				mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
			}, booking.StatusExpired,
		},
		"of a booking that was cancelled": {
			func(t *testing.T, h *harness, id booking.ID) {
				settled(t, h)
				mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: id})
			}, booking.StatusCancelled,
		},
	} {
		// charging has a hold that lasts longer than its payment may take.
		charging := func(t *testing.T) (*harness, *booking.Booking) {
			h := newHarness(t)
			h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
			paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
			h.drainOutbox(t)
			return h, paying
		}
		t.Run(name, func(t *testing.T) {
			h, paying := charging(t)
			h.ChargePayment = h.with(func(p *application.Ports) {
				p.Gateway = interleavedGateway{PaymentGateway: h.gateway, before: func() { late.meanwhile(t, h, paying.ID()) }}
			}).ChargePayment
			mustHandle(t, h.ChargePayment, chargeOf(paying))
			h.wantStatus(t, paying.ID(), late.ends)
			h.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(name+", at the next delivery when the process ended in between", func(t *testing.T) {
			h, paying := charging(t)
			cmd := chargeOf(paying)
			h.ChargePayment = h.with(func(p *application.Ports) {
				p.Gateway = interleavedGateway{h.gateway,
					func() { late.meanwhile(t, h, paying.ID()) },
					func() { panic(errInjected) },
				}
			}).ChargePayment
			wantPanic(t, errInjected, func() { _, _ = h.ChargePayment.Handle(t.Context(), cmd) })
			h.wantLedger(t, paying.ID(), "charged")

			h.ChargePayment = h.with(func(p *application.Ports) { p.Gateway = h.gateway }).ChargePayment
			mustHandle(t, h.ChargePayment, cmd)
			h.wantStatus(t, paying.ID(), late.ends)
			h.wantLedger(t, paying.ID(), "refunded")
			mustHandle(t, h.ChargePayment, cmd)
			h.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(name+", at the next delivery when the gateway was away", func(t *testing.T) {
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

	t.Run("of a first attempt, while the second stands", func(t *testing.T) {
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

	t.Run("of a first attempt, while the second is under way", func(t *testing.T) {
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

	t.Run("but not one that it was confirmed by meanwhile", func(t *testing.T) {
		h := newHarness(t)
		paying := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.ChargePayment = h.with(func(p *application.Ports) {
			p.Gateway = interleavedGateway{PaymentGateway: h.gateway, after: func() { settled(t, h) }}
		}).ChargePayment
		mustHandle(t, h.ChargePayment, chargeOf(paying))
		h.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		h.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("but not one that a refund is due for anyway", func(t *testing.T) {
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

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
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1", "B-1")
		b.relayed(t)
		request := inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"}
		ask(t, b.RequestPayment, request)
		_, err := b.RequestPayment.Handle(t.Context(), request)
		wantEqual(t, "status", wantRefusal[*booking.NotPayableError](t, err).Status, booking.StatusPaying)
		events := b.relayed(t)
		wantEqual(t, "events", types(events, held.ID()), []string{"booking.payment_requested"})
		wantEqual(t, "event", events[0].Body.(booking.PaymentRequested), booking.PaymentRequested{
			Booking: held.ID(), Attempt: 1, Amount: held.Total(), Token: "tok_ok", At: noon,
		})
	})

	t.Run("refuses a hold that has lapsed", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(holdFor)
		refuse(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"}, booking.ErrHoldExpired)
	})
}

func TestChargePayment(t *testing.T) {
	t.Run("charges once and confirms once, however often the event comes", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1", "B-1")
		events := b.relayed(t)
		request := events[len(events)-1]
		for range 3 {
			must(t, b.deliver(request))
		}
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		b.wantLedger(t, paying.ID(), "charged")
		wantEqual(t, "amount", b.charges(t)[paying.ChargeKey()].Amount, 6500)
		wantEqual(t, "events", types(b.relayed(t), paying.ID()), []string{"booking.confirmed"})
	})

	t.Run("charges once and confirms once when the event comes several times at once", func(t *testing.T) {
		rounds(t, 10, func(t *testing.T) {
			b := newBench(t)
			paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
			b.relayed(t)
			cmd := chargeOf(paying)
			charge := func() {
				if _, err := b.ChargePayment.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			atOnce(charge, charge, charge, charge)
			b.wantLedger(t, paying.ID(), "charged")
			wantEqual(t, "events", types(b.relayed(t), paying.ID()), []string{"booking.confirmed"})
		})
	})

	t.Run("gives a declined booking back, with its reason, for another attempt", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_declined", b.onSale(t, hamlet()), "A-1")
		b.run(t)
		declined := b.booking(t, paying.ID())
		if declined.Status() != booking.StatusHeld || declined.Declined() != "card declined" {
			t.Errorf("the booking is %s because of %q, want it held and why", declined.Status(), declined.Declined())
		}
		ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: paying.ID(), Token: "tok_ok"})
		b.run(t)
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		b.wantLedger(t, paying.ID(), "declined", "charged")
	})

	t.Run("lets a declined booking expire when its time is up", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_declined", b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(holdFor)
		b.run(t)
		b.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("fails while the gateway is away, and the booking stays paying", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.relayed(t)
		b.line.trouble.Store(cut)
		refuse(t, b.ChargePayment, chargeOf(paying), ports.ErrUnavailable)
		b.wantStatus(t, paying.ID(), booking.StatusPaying)
		wantEqual(t, "events", b.relayed(t), nil)

		b.line.trouble.Store(inOrder)
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
	})

	t.Run("finds a charge whose answer was lost", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.ChargePayment = b.with(func(p *application.Ports) {
			p.Gateway = busyGateway{b.gateway,
				func() { b.line.trouble.Store(mute) },
				func() { b.line.trouble.Store(inOrder) },
			}
		}).ChargePayment
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		b.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("does not take a request that is still on its way for declined", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		busy := busyGateway{b.gateway,
			func() { b.line.trouble.Store(delayed) },
			func() { b.line.trouble.Store(inOrder) },
		}
		b.ChargePayment = b.with(func(p *application.Ports) { p.Gateway = busy }).ChargePayment
		refuse(t, b.ChargePayment, chargeOf(paying), ports.ErrUnavailable)
		b.wantStatus(t, paying.ID(), booking.StatusPaying)

		b.line.letThrough()
		b.ChargePayment = b.with(func(p *application.Ports) { p.Gateway = b.gateway }).ChargePayment
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		b.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("starts no charge that might still be on its way when the payment is settled", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(payWithin - payWithin/5)
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusPaying)
		b.wantLedger(t, paying.ID(), "never asked")
	})

	t.Run("starts no charge once the payment is to be settled", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(payWithin)
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusPaying)
		b.wantLedger(t, paying.ID(), "never asked")

		ask(t, b.SettlePayments, inbound.SettlePayments{})
		b.wantStatus(t, paying.ID(), booking.StatusExpired)
	})

	t.Run("does not know a booking that is not there", func(t *testing.T) {
		b := newBench(t)
		refuse(t, b.ChargePayment, inbound.ChargePayment{Booking: "none", Attempt: 1, Token: "tok_ok"}, ports.ErrNotFound)
	})
}

// TestALateChargeIsPaidBack has bookings decided while their charge is under
// way: the money comes in when nobody waits for it any more.
func TestALateChargeIsPaidBack(t *testing.T) {
	settled := func(t *testing.T, b *bench) {
		b.clock.Advance(payWithin)
		ask(t, b.SettlePayments, inbound.SettlePayments{})
	}
	for name, late := range map[string]struct {
		// meanwhile goes on before the charge reaches the gateway.
		meanwhile func(t *testing.T, b *bench, id booking.ID)
		ends      booking.Status
	}{
		"of a booking that was declined": {
			func(t *testing.T, b *bench, _ booking.ID) { settled(t, b) }, booking.StatusHeld,
		},
		"of a booking that has expired": {
			func(t *testing.T, b *bench, _ booking.ID) {
				settled(t, b)
				b.clock.Advance(time.Hour)
				ask(t, b.ExpireHolds, inbound.ExpireHolds{})
			}, booking.StatusExpired,
		},
		"of a booking that was cancelled": {
			func(t *testing.T, b *bench, id booking.ID) {
				settled(t, b)
				ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: id})
			}, booking.StatusCancelled,
		},
	} {
		// charging has a hold that lasts longer than its payment may take.
		charging := func(t *testing.T) (*bench, *booking.Booking) {
			b := newBench(t)
			b.HoldSeats = b.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
			paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
			b.relayed(t)
			return b, paying
		}
		t.Run(name, func(t *testing.T) {
			b, paying := charging(t)
			b.ChargePayment = b.with(func(p *application.Ports) {
				p.Gateway = busyGateway{PaymentGateway: b.gateway, before: func() { late.meanwhile(t, b, paying.ID()) }}
			}).ChargePayment
			ask(t, b.ChargePayment, chargeOf(paying))
			b.wantStatus(t, paying.ID(), late.ends)
			b.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(name+", at the next delivery when the process ended in between", func(t *testing.T) {
			b, paying := charging(t)
			cmd := chargeOf(paying)
			b.ChargePayment = b.with(func(p *application.Ports) {
				p.Gateway = busyGateway{b.gateway,
					func() { late.meanwhile(t, b, paying.ID()) },
					func() { panic(errBroken) },
				}
			}).ChargePayment
			wantPanic(t, errBroken, func() { _, _ = b.ChargePayment.Handle(t.Context(), cmd) })
			b.wantLedger(t, paying.ID(), "charged")

			b.ChargePayment = b.with(func(p *application.Ports) { p.Gateway = b.gateway }).ChargePayment
			ask(t, b.ChargePayment, cmd)
			b.wantStatus(t, paying.ID(), late.ends)
			b.wantLedger(t, paying.ID(), "refunded")
			ask(t, b.ChargePayment, cmd)
			b.wantLedger(t, paying.ID(), "refunded")
		})

		t.Run(name+", at the next delivery when the gateway was away", func(t *testing.T) {
			b, paying := charging(t)
			cmd := chargeOf(paying)
			b.ChargePayment = b.with(func(p *application.Ports) {
				p.Gateway = busyGateway{b.gateway,
					func() { late.meanwhile(t, b, paying.ID()) },
					func() { b.line.trouble.Store(cut) },
				}
			}).ChargePayment
			refuse(t, b.ChargePayment, cmd, ports.ErrUnavailable)
			b.wantLedger(t, paying.ID(), "charged")

			b.line.trouble.Store(inOrder)
			b.ChargePayment = b.with(func(p *application.Ports) { p.Gateway = b.gateway }).ChargePayment
			ask(t, b.ChargePayment, cmd)
			b.wantStatus(t, paying.ID(), late.ends)
			b.wantLedger(t, paying.ID(), "refunded")
		})
	}

	t.Run("of a first attempt, while the second stands", func(t *testing.T) {
		b := newBench(t)
		b.HoldSeats = b.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.relayed(t)
		b.ChargePayment = b.with(func(p *application.Ports) {
			p.Gateway = busyGateway{PaymentGateway: b.gateway, before: firstTime(func() {
				settled(t, b)
				second := ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
				ask(t, b.ChargePayment, chargeOf(second))
			})}
		}).ChargePayment
		ask(t, b.ChargePayment, chargeOf(first))
		b.wantStatus(t, first.ID(), booking.StatusConfirmed)
		b.wantLedger(t, first.ID(), "refunded", "charged")
	})

	t.Run("of a first attempt, while the second is under way", func(t *testing.T) {
		b := newBench(t)
		b.HoldSeats = b.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.relayed(t)
		var second *booking.Booking
		b.ChargePayment = b.with(func(p *application.Ports) {
			p.Gateway = busyGateway{PaymentGateway: b.gateway, before: firstTime(func() {
				settled(t, b)
				second = ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
			})}
		}).ChargePayment
		ask(t, b.ChargePayment, chargeOf(first))
		b.wantLedger(t, first.ID(), "refunded", "never asked")
		ask(t, b.ChargePayment, chargeOf(second))
		b.wantStatus(t, first.ID(), booking.StatusConfirmed)
		b.wantLedger(t, first.ID(), "refunded", "charged")
	})

	t.Run("but not one that it was confirmed by meanwhile", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.ChargePayment = b.with(func(p *application.Ports) {
			p.Gateway = busyGateway{PaymentGateway: b.gateway, after: func() { settled(t, b) }}
		}).ChargePayment
		ask(t, b.ChargePayment, chargeOf(paying))
		b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
		b.wantLedger(t, paying.ID(), "charged")
	})

	t.Run("but not one that a refund is due for anyway", func(t *testing.T) {
		b := newBench(t)
		paying := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		cmd := chargeOf(paying)
		ask(t, b.ChargePayment, cmd)
		ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: paying.ID()})
		ask(t, b.ChargePayment, cmd)
		b.wantLedger(t, paying.ID(), "charged")
		b.run(t)
		b.wantLedger(t, paying.ID(), "refunded")
	})
}

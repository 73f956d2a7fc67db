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

// awayAtFirst is a gateway that answers no look-up as long as away says so.
type awayAtFirst struct {
	outbound.PaymentGateway
	away func() bool
}

func (g awayAtFirst) Lookup(ctx context.Context, id booking.ID) ([]outbound.ChargeOutcome, error) {
	if g.away() {
		return nil, ports.ErrUnavailable
	}
	return g.PaymentGateway.Lookup(ctx, id)
}

func TestSettlePayments(t *testing.T) {
	// unanswered is a booking that waits for the outcome of a charge which the
	// gateway has made.
	unanswered := func(t *testing.T, b *bench, sh *show.Show, seat show.Label, token string) *booking.Booking {
		paying := b.paying(t, token, sh, seat)
		_, err := b.gateway.Charge(t.Context(), outbound.ChargeRequest{
			Key: paying.ChargeKey(), Booking: paying.ID(), Amount: paying.Total(), Token: token,
		})
		must(t, err)
		return paying
	}

	t.Run("confirms what was charged, declines what was not", func(t *testing.T) {
		for holdFor, declined := range map[time.Duration]booking.Status{time.Hour: booking.StatusHeld, time.Minute: booking.StatusExpired} {
			b := newBench(t)
			b.HoldSeats = b.withHold(holdFor, func(*application.Ports) {}).HoldSeats
			sh := b.onSale(t, hamlet())
			charged := unanswered(t, b, sh, "A-1", "tok_ok")
			refused := unanswered(t, b, sh, "A-2", "tok_declined")
			unknown := b.paying(t, "tok_ok", sh, "A-3")
			b.clock.Advance(time.Second)
			young := b.paying(t, "tok_ok", sh, "A-4")

			b.clock.Advance(payWithin - time.Second)
			wantEqual(t, "swept", ask(t, b.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 3})
			b.wantStatus(t, charged.ID(), booking.StatusConfirmed)
			b.wantStatus(t, refused.ID(), declined)
			b.wantStatus(t, unknown.ID(), declined)
			b.wantStatus(t, young.ID(), booking.StatusPaying)
			wantEqual(t, "reason", b.booking(t, refused.ID()).Declined(), "card declined")
			wantEqual(t, "reason", b.booking(t, unknown.ID()).Declined(), "the payment was not made in time")
		}
	})

	t.Run("leaves everything while the gateway is away, and counts it", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		charged := unanswered(t, b, sh, "A-1", "tok_ok")
		unknown := b.paying(t, "tok_ok", sh, "A-2")
		b.relayed(t)
		b.clock.Advance(payWithin)
		b.line.trouble.Store(cut)
		swept, err := b.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
		wantError(t, err, ports.ErrUnavailable)
		wantEqual(t, "swept", swept, ports.BatchResult{Deferred: 2})
		b.wantStatus(t, charged.ID(), booking.StatusPaying)
		b.wantStatus(t, unknown.ID(), booking.StatusPaying)
		wantEqual(t, "events", b.relayed(t), nil)

		b.line.trouble.Store(inOrder)
		wantEqual(t, "swept", ask(t, b.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 2})
		b.wantStatus(t, charged.ID(), booking.StatusConfirmed)
	})

	t.Run("gets past what it has no answer for", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, largeHouse())
		for _, seat := range row("A", 205) {
			b.paying(t, "tok_ok", sh, seat)
		}
		b.clock.Advance(payWithin)
		b.SettlePayments = b.with(func(p *application.Ports) { p.Gateway = awayAtFirst{b.gateway, times(103)} }).SettlePayments
		swept, err := b.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
		wantError(t, err, ports.ErrUnavailable)
		wantEqual(t, "swept", swept, ports.BatchResult{Processed: 102, Deferred: 103})
	})

	t.Run("leaves alone what was settled after it was listed", func(t *testing.T) {
		b := newBench(t)
		charged := unanswered(t, b, b.onSale(t, hamlet()), "A-1", "tok_ok")
		b.relayed(t)
		b.clock.Advance(payWithin)
		another := b.SettlePayments
		b.SettlePayments = b.with(func(p *application.Ports) {
			p.Bookings = busyBookings{b.Bookings, firstTime(func() { ask(t, another, inbound.SettlePayments{}) })}
		}).SettlePayments
		wantEqual(t, "swept", ask(t, b.SettlePayments, inbound.SettlePayments{}), ports.BatchResult{Processed: 1})
		wantEqual(t, "events", types(b.relayed(t), charged.ID()), []string{"booking.confirmed"})
	})

	t.Run("leaves an attempt alone that began after its booking was listed", func(t *testing.T) {
		b := newBench(t)
		b.HoldSeats = b.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		first := b.paying(t, "tok_ok", b.onSale(t, hamlet()), "A-1")
		b.clock.Advance(payWithin)
		another := b.SettlePayments
		b.SettlePayments = b.with(func(p *application.Ports) {
			p.Bookings = busyBookings{b.Bookings, firstTime(func() {
				ask(t, another, inbound.SettlePayments{})
				ask(t, b.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: first.ID(), Token: "tok_ok"})
			})}
		}).SettlePayments
		ask(t, b.SettlePayments, inbound.SettlePayments{})
		if second := b.booking(t, first.ID()); !second.IsPaying(2) {
			t.Errorf("attempt %d, and the booking is %s; want the second under way", second.Attempt(), second.Status())
		}
	})

	t.Run("confirms once when the charge is decided at the same time", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			b := newBench(t)
			paying := unanswered(t, b, b.onSale(t, hamlet()), "A-1", "tok_ok")
			b.relayed(t)
			cmd := chargeOf(paying)
			b.clock.Advance(payWithin - time.Microsecond)
			atOnce(
				func() {
					_, err := b.ChargePayment.Handle(t.Context(), cmd)
					must(t, err)
				},
				func() {
					b.clock.Advance(time.Microsecond)
					_, err := b.SettlePayments.Handle(t.Context(), inbound.SettlePayments{})
					must(t, err)
				},
			)
			b.wantStatus(t, paying.ID(), booking.StatusConfirmed)
			b.wantLedger(t, paying.ID(), "charged")
			wantEqual(t, "events", types(b.relayed(t), paying.ID()), []string{"booking.confirmed"})
		})
	})
}

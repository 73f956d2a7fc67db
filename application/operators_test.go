package application_test

import (
	"reflect"
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

var olgaAtTheDesk = inbound.Operator{Name: "olga", Reason: "as the gateway's console shows"}

// operators returns the operators' use cases. If lookupsFail is true, the gateway does not
// answer lookups.
func (h *harness) operators(lookupsFail bool) inbound.OperatorUseCases {
	gateway := h.gateway
	if lookupsFail {
		gateway = failingLookups{h.gateway, func() bool { return true }}
	}
	return application.NewForOperators(application.OperatorPorts{
		Bookings: h.ports.Bookings, UnitOfWork: h.ports.UnitOfWork, Gateway: gateway, Clock: h.clock,
	}, payWithin)
}

func TestNoOperatorUseCaseIsMissing(t *testing.T) {
	for field, useCase := range reflect.ValueOf(newHarness(t).operators(false)).Fields() {
		if useCase.IsNil() {
			t.Errorf("NewForOperators makes no %s", field.Name)
		}
	}
}

// unanswered returns an overdue booking that is still paying although the gateway has
// processed the charge.
func (h *harness) unanswered(t *testing.T, token string) *booking.Booking {
	t.Helper()
	paying := h.paying(t, token, h.onSale(t, hamlet()), "A-1")
	_, err := h.gateway.Charge(t.Context(), outbound.ChargeRequest{
		Key: paying.ChargeKey(), Booking: paying.ID(), Amount: paying.Total(), Token: token,
	})
	must(t, err)
	h.clock.Advance(payWithin)
	h.drainOutbox(t)
	return paying
}

func (h *harness) wantAudit(t *testing.T, want ...platform.AuditRecord) {
	t.Helper()
	got, err := h.Audit.List(t.Context(), 0, 100)
	must(t, err)
	for i := range got {
		got[i].Position = 0
	}
	wantEqual(t, "audit log", got, append([]platform.AuditRecord{}, want...))
}

func (h *harness) recordOf(command string, b *booking.Booking) platform.AuditRecord {
	return platform.AuditRecord{
		At: h.clock.Now(), Operator: olgaAtTheDesk.Name, Command: command,
		Subject: string(b.ID()), Detail: "attempt 1", Reason: olgaAtTheDesk.Reason,
	}
}

func TestListOverduePayments(t *testing.T) {
	h := newHarness(t)
	sh := h.onSale(t, hamlet())
	held := h.held(t, ann, sh, "A-1") // this booking is older, but its payment is not
	first := h.paying(t, "tok_ok", sh, "A-2")
	h.clock.Advance(time.Second)
	second := mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: held.ID(), Token: "tok_ok"})
	h.clock.Advance(time.Second)
	h.paying(t, "tok_ok", sh, "A-3")
	h.clock.Advance(payWithin - time.Second)

	var got []booking.ID
	for _, b := range mustHandle(t, h.operators(true).ListOverduePayments, inbound.ListOverduePayments{}) {
		got = append(got, b.ID())
	}
	wantEqual(t, "overdue bookings", got, []booking.ID{first.ID(), second.ID()})
}

func TestInspectPayment(t *testing.T) {
	t.Run("returns what the gateway says", func(t *testing.T) {
		for token, want := range map[string]string{"tok_ok": "charged", "tok_declined": "declined"} {
			h := newHarness(t)
			b := h.unanswered(t, token)
			got := mustHandle(t, h.operators(false).InspectPayment, inbound.InspectPayment{Booking: b.ID()})
			wantEqual(t, "outcome", got.Outcome, want)
			wantError(t, got.LookupError, nil)
			wantEqual(t, "booking", got.Booking.ID(), b.ID())
		}
	})
	t.Run("returns refunded after a refund, and unknown without a charge", func(t *testing.T) {
		h := newHarness(t)
		b := h.unanswered(t, "tok_ok")
		must(t, h.gateway.Refund(t.Context(), b.ChargeKey()))
		wantEqual(t, "outcome", mustHandle(t, h.operators(false).InspectPayment, inbound.InspectPayment{Booking: b.ID()}).Outcome, "refunded")
		other := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		wantEqual(t, "outcome", mustHandle(t, h.operators(false).InspectPayment, inbound.InspectPayment{Booking: other.ID()}).Outcome, "unknown")
	})
	t.Run("returns the error of a lookup that fails", func(t *testing.T) {
		h := newHarness(t)
		b := h.unanswered(t, "tok_ok")
		got := mustHandle(t, h.operators(true).InspectPayment, inbound.InspectPayment{Booking: b.ID()})
		wantEqual(t, "outcome", got.Outcome, "")
		wantError(t, got.LookupError, ports.ErrUnavailable)
	})
	t.Run("refuses an unknown booking", func(t *testing.T) {
		wantRefused(t, newHarness(t).operators(false).InspectPayment, inbound.InspectPayment{Booking: "b-9"}, ports.ErrNotFound)
	})
}

func TestConfirmPayment(t *testing.T) {
	t.Run("confirms an overdue payment and records it", func(t *testing.T) {
		for _, lookupsFail := range []bool{true, false} {
			h := newHarness(t)
			b := h.unanswered(t, "tok_ok")
			mustHandle(t, h.operators(lookupsFail).ConfirmPayment, inbound.ConfirmPayment{Booking: b.ID(), By: olgaAtTheDesk})
			h.wantStatus(t, b.ID(), booking.StatusConfirmed)
			h.wantLedger(t, b.ID(), "charged")
			h.wantAudit(t, h.recordOf("ConfirmPayment", b))
			wantEqual(t, "events", types(h.drainOutbox(t), b.ID()), []string{"booking.confirmed"})
		}
	})
	t.Run("refuses a payment that the gateway did not charge", func(t *testing.T) {
		h := newHarness(t)
		declined := h.unanswered(t, "tok_declined")
		wantUnchanged(t, h, func() {
			wantRefused(t, h.operators(false).ConfirmPayment, inbound.ConfirmPayment{Booking: declined.ID(), By: olgaAtTheDesk}, booking.ErrNotCharged)
		})
		unknown := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
		h.clock.Advance(payWithin)
		h.drainOutbox(t)
		wantUnchanged(t, h, func() {
			wantRefused(t, h.operators(false).ConfirmPayment, inbound.ConfirmPayment{Booking: unknown.ID(), By: olgaAtTheDesk}, booking.ErrNotCharged)
		})
	})
}

func TestGiveUpPayment(t *testing.T) {
	t.Run("frees the seats, records it and refunds the charge", func(t *testing.T) {
		h := newHarness(t)
		b := h.unanswered(t, "tok_ok")
		mustHandle(t, h.operators(true).GiveUpPayment, inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
		h.wantStatus(t, b.ID(), booking.StatusExpired)
		h.wantAudit(t, h.recordOf("GiveUpPayment", b))
		mustHandle(t, h.HoldSeats, inbound.HoldSeats{Actor: bob, Show: b.Show(), Seats: b.Labels(), Key: newKey()})
		h.handleEvents(t)
		h.wantLedger(t, b.ID(), "refunded")
	})
	t.Run("refunds nothing if nothing was charged", func(t *testing.T) {
		for token, want := range map[string]string{"tok_declined": "declined", "": "never requested"} {
			h := newHarness(t)
			var b *booking.Booking
			if token != "" {
				b = h.unanswered(t, token)
			} else {
				b = h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
				h.clock.Advance(payWithin)
				h.drainOutbox(t)
			}
			mustHandle(t, h.operators(true).GiveUpPayment, inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
			h.handleEvents(t)
			h.wantStatus(t, b.ID(), booking.StatusExpired)
			h.wantLedger(t, b.ID(), want)
		}
	})
	t.Run("leaves the refund to retries while the gateway is unavailable", func(t *testing.T) {
		for _, mode := range []int32{unreachable, responsesLost, requestsDelayed} {
			h := newHarness(t)
			b := h.unanswered(t, "tok_ok")
			h.transport.mode.Store(mode)
			mustHandle(t, h.operators(true).GiveUpPayment, inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
			refund := inbound.RefundGivenUpPayment{Booking: b.ID(), Attempt: 1}
			wantRefused(t, h.RefundGivenUpPayment, refund, ports.ErrUnavailable)
			h.transport.mode.Store(working)
			h.transport.deliverDelayed()
			mustHandle(t, h.RefundGivenUpPayment, refund)
			h.wantLedger(t, b.ID(), "refunded")
		}
	})
	t.Run("lets the customer pay again while the hold lasts, and refunds only the first charge", func(t *testing.T) {
		h := newHarness(t)
		h.HoldSeats = h.withHold(time.Hour, func(*application.Ports) {}).HoldSeats
		b := h.unanswered(t, "tok_ok")
		mustHandle(t, h.operators(true).GiveUpPayment, inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
		h.wantStatus(t, b.ID(), booking.StatusHeld)
		mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: ann, Booking: b.ID(), Token: "tok_ok"})
		h.handleEvents(t)
		h.wantStatus(t, b.ID(), booking.StatusConfirmed)
		h.wantLedger(t, b.ID(), "refunded", "charged")
	})
}

func TestRefundGivenUpPaymentKeepsTheChargeOfASale(t *testing.T) {
	h := newHarness(t)
	b := h.confirmed(t, h.onSale(t, hamlet()), "A-1")
	mustHandle(t, h.RefundGivenUpPayment, inbound.RefundGivenUpPayment{Booking: b.ID(), Attempt: 1})
	h.wantLedger(t, b.ID(), "charged")
}

// TestOneOperatorDecides runs both commands for one payment at the same time.
func TestOneOperatorDecides(t *testing.T) {
	rounds(t, 20, func(t *testing.T) {
		h := newHarness(t)
		b := h.unanswered(t, "tok_ok")
		operators := h.operators(true)
		var confirm, giveUp error
		concurrently(
			func() {
				_, confirm = operators.ConfirmPayment.Handle(t.Context(), inbound.ConfirmPayment{Booking: b.ID(), By: olgaAtTheDesk})
			},
			func() {
				_, giveUp = operators.GiveUpPayment.Handle(t.Context(), inbound.GiveUpPayment{Booking: b.ID(), By: olgaAtTheDesk})
			},
		)
		h.handleEvents(t)
		if confirm == nil {
			wantError(t, giveUp, booking.ErrNotPaying)
			h.wantStatus(t, b.ID(), booking.StatusConfirmed)
			h.wantLedger(t, b.ID(), "charged")
			h.wantAudit(t, h.recordOf("ConfirmPayment", b))
			return
		}
		wantError(t, confirm, booking.ErrNotPaying)
		must(t, giveUp)
		h.wantStatus(t, b.ID(), booking.StatusExpired)
		h.wantLedger(t, b.ID(), "refunded")
		h.wantAudit(t, h.recordOf("GiveUpPayment", b))
	})
}

func TestOperatorsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		by      inbound.Operator
		booking func(t *testing.T, h *harness) booking.ID
		refused func(t *testing.T, err error)
	}{
		{"a payment that is not overdue", olgaAtTheDesk, func(t *testing.T, h *harness) booking.ID {
			b := h.paying(t, "tok_ok", h.onSale(t, hamlet()), "A-1")
			h.clock.Advance(payWithin - time.Microsecond)
			return b.ID()
		}, wantsError(booking.ErrNotOverdue)},
		{"a held booking", olgaAtTheDesk, func(t *testing.T, h *harness) booking.ID {
			return h.held(t, ann, h.onSale(t, hamlet()), "A-1").ID()
		}, wantsError(booking.ErrNotPaying)},
		{"a confirmed booking", olgaAtTheDesk, func(t *testing.T, h *harness) booking.ID {
			b := h.confirmed(t, h.onSale(t, hamlet()), "A-1")
			h.clock.Advance(payWithin)
			return b.ID()
		}, wantsError(booking.ErrNotPaying)},
		{"an unknown booking", olgaAtTheDesk, func(*testing.T, *harness) booking.ID { return "b-9" }, wantsError(ports.ErrNotFound)},
		{"an operator without a name", inbound.Operator{Reason: "why"}, func(t *testing.T, h *harness) booking.ID {
			return h.unanswered(t, "tok_ok").ID()
		}, wantsField("operator")},
		{"an operator without a reason", inbound.Operator{Name: "olga"}, func(t *testing.T, h *harness) booking.ID {
			return h.unanswered(t, "tok_ok").ID()
		}, wantsField("reason")},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t)
			id := c.booking(t, h)
			h.drainOutbox(t)
			wantUnchanged(t, h, func() {
				for _, lookupsFail := range []bool{true, false} {
					_, err := h.operators(lookupsFail).ConfirmPayment.Handle(t.Context(), inbound.ConfirmPayment{Booking: id, By: c.by})
					c.refused(t, err)
				}
				_, err := h.operators(true).GiveUpPayment.Handle(t.Context(), inbound.GiveUpPayment{Booking: id, By: c.by})
				c.refused(t, err)
			})
		})
	}
}

func wantsError(want error) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		wantError(t, err, want)
	}
}

func wantsField(field string) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		wantEqual(t, "field", wantErrorAs[*invalid.Error](t, err).Problems[0].Field, field)
	}
}

// wantUnchanged checks that do() changes no store and records nothing.
func wantUnchanged(t *testing.T, h *harness, do func()) {
	t.Helper()
	before := h.snapshotAll(t)
	do()
	wantEqual(t, "stores", h.snapshotAll(t), before)
	wantEqual(t, "events", h.drainOutbox(t), nil)
	h.wantAudit(t)
}

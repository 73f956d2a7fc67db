package boxoffice

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// RunPaymentGateway checks an [outbound.PaymentGateway] that knows the tokens of the
// payment simulator.
func RunPaymentGateway(t *testing.T, open func(t *testing.T) outbound.PaymentGateway) {
	check := func(name string, test func(t *testing.T, g outbound.PaymentGateway)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	check("charges once for repeated requests", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_ok")
		for range 3 {
			wantCharge(t, g, r, outbound.Charged)
		}
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("charges once for concurrent requests", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_ok")
		testkit.RunConcurrently(20, func(int) {
			if got, err := g.Charge(t.Context(), r); err != nil || got != outcomeOf(r, outbound.Charged) {
				t.Errorf("Charge = %s, %v; want %s", formatOutcomes(got), err, formatOutcomes(outcomeOf(r, outbound.Charged)))
			}
		})
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("returns a decline as an outcome, with the same reason every time", func(t *testing.T, g outbound.PaymentGateway) {
		for _, token := range []string{"tok_declined", "tok_nobody_knows"} {
			r := newPayment(t, token)
			first := wantCharge(t, g, r, outbound.Declined)
			if first.Reason == "" {
				t.Errorf("Charge with %s: got no reason for the decline, want one", token)
			}
			if again := wantCharge(t, g, r, outbound.Declined); again != first {
				t.Errorf("Charge with %s again = %s; want %s", token, formatOutcomes(again), formatOutcomes(first))
			}
			wantLookup(t, g, first)
		}
	})

	check("charges once when the gateway fails at first", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_flaky")
		wantCharge(t, g, r, outbound.Charged)
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("waits for a slow gateway", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_slow")
		wantCharge(t, g, r, outbound.Charged)
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("returns ErrUnavailable when the gateway does not answer, and finds the charge afterwards", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_timeout")
		_, err := g.Charge(t.Context(), r)
		testkit.WantError(t, err, ports.ErrUnavailable)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Charge: got error %v, want none of the caller's context", err)
		}
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("returns when its context is cancelled, and finds the charge afterwards", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_timeout")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		failed := make(chan error, 1)
		go func() {
			_, err := g.Charge(ctx, r)
			failed <- err
		}()
		for errors.Is(lookUp(t, g, r.Key), ports.ErrNotFound) {
			select {
			case err := <-failed:
				t.Fatalf("Charge returned before the charge could be looked up: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		err := <-failed
		testkit.WantError(t, err, ports.ErrUnavailable)
		testkit.WantError(t, err, context.Canceled)
		wantLookup(t, g, outcomeOf(r, outbound.Charged))
	})

	check("does nothing if the context is already cancelled", func(t *testing.T, g outbound.PaymentGateway) {
		paid := newPayment(t, "tok_ok")
		wantCharge(t, g, paid, outbound.Charged)
		_, chargeErr := g.Charge(testkit.CancelledContext(t), nextAttempt(paid, 2))
		refundErr := g.Refund(testkit.CancelledContext(t), paid.Key)
		_, lookupErr := g.Lookup(testkit.CancelledContext(t), paid.Key)
		for _, err := range []error{chargeErr, refundErr, lookupErr} {
			testkit.WantError(t, err, ports.ErrUnavailable)
			testkit.WantError(t, err, context.Canceled)
		}
		wantLookup(t, g, outcomeOf(paid, outbound.Charged))
	})

	check("refunds once for repeated and concurrent requests", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_ok")
		wantCharge(t, g, r, outbound.Charged)
		testkit.RunConcurrently(20, func(int) {
			if err := g.Refund(t.Context(), r.Key); err != nil {
				t.Errorf("Refund: %v", err)
			}
		})
		testkit.Must(t, g.Refund(t.Context(), r.Key))
		wantLookup(t, g, outcomeOf(r, outbound.Refunded))
	})

	check("does not charge again after a refund", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_ok")
		wantCharge(t, g, r, outbound.Charged)
		testkit.Must(t, g.Refund(t.Context(), r.Key))
		wantCharge(t, g, r, outbound.Refunded)
		wantLookup(t, g, outcomeOf(r, outbound.Refunded))
	})

	check("returns ErrNotFound when an uncharged attempt is refunded", func(t *testing.T, g outbound.PaymentGateway) {
		declined := newPayment(t, "tok_declined")
		wantCharge(t, g, declined, outbound.Declined)
		for _, key := range []booking.ChargeKey{declined.Key, nextAttempt(declined, 2).Key} {
			testkit.WantError(t, g.Refund(t.Context(), key), ports.ErrNotFound)
		}
	})

	check("looks up each attempt for a booking by its key", func(t *testing.T, g outbound.PaymentGateway) {
		declined := newPayment(t, "tok_declined")
		refunded := nextAttempt(declined, 2)
		charged := nextAttempt(declined, 3)
		first := wantCharge(t, g, declined, outbound.Declined)
		wantCharge(t, g, refunded, outbound.Charged)
		wantCharge(t, g, charged, outbound.Charged)
		testkit.Must(t, g.Refund(t.Context(), refunded.Key))
		wantLookup(t, g, first)
		wantLookup(t, g, outcomeOf(refunded, outbound.Refunded))
		wantLookup(t, g, outcomeOf(charged, outbound.Charged))
	})

	check("returns ErrNotFound when an unknown attempt is looked up", func(t *testing.T, g outbound.PaymentGateway) {
		r := newPayment(t, "tok_ok")
		wantCharge(t, g, r, outbound.Charged)
		for _, key := range []booking.ChargeKey{nextAttempt(r, 2).Key, newPayment(t, "tok_ok").Key} {
			testkit.WantError(t, lookUp(t, g, key), ports.ErrNotFound)
		}
	})

	check("charges the exact amount in any currency", func(t *testing.T, g outbound.PaymentGateway) {
		for _, amount := range []money.Money{
			amountOf(t, 900, "JPY"), amountOf(t, 12_345, "KWD"), amountOf(t, 0, "USD"), amountOf(t, math.MaxInt64, "GBP"),
		} {
			r := newPayment(t, "tok_ok")
			r.Amount = amount
			wantCharge(t, g, r, outbound.Charged)
			wantLookup(t, g, outcomeOf(r, outbound.Charged))
		}
	})
}

// newPayment returns the first attempt to pay for a new booking.
func newPayment(t *testing.T, token string) outbound.ChargeRequest {
	t.Helper()
	id := booking.ID(newID())
	return outbound.ChargeRequest{Key: booking.KeyOf(id, 1), Booking: id, Amount: amountOf(t, 4500, "EUR"), Token: token}
}

// nextAttempt returns a later attempt to pay for r.Booking, with the token tok_ok.
func nextAttempt(r outbound.ChargeRequest, attempt int) outbound.ChargeRequest {
	r.Key = booking.KeyOf(r.Booking, attempt)
	r.Token = "tok_ok"
	return r
}

func amountOf(t *testing.T, minorUnits int64, code string) money.Money {
	t.Helper()
	currency, err := money.ParseCurrency(code)
	testkit.Must(t, err)
	amount, err := money.New(minorUnits, currency)
	testkit.Must(t, err)
	return amount
}

func outcomeOf(r outbound.ChargeRequest, status outbound.ChargeStatus) outbound.ChargeOutcome {
	return outbound.ChargeOutcome{Charge: booking.Charge{Key: r.Key, Amount: r.Amount}, Status: status}
}

// wantCharge requests a charge, checks the outcome and returns it. It does not check the
// reason for a decline.
func wantCharge(t *testing.T, g outbound.PaymentGateway, r outbound.ChargeRequest, status outbound.ChargeStatus) outbound.ChargeOutcome {
	t.Helper()
	got, err := g.Charge(t.Context(), r)
	if err != nil {
		t.Fatalf("Charge with %s: %v", r.Token, err)
	}
	want := outcomeOf(r, status)
	if status == outbound.Declined {
		want.Reason = got.Reason
	}
	if got != want {
		t.Fatalf("Charge with %s = %s; want %s", r.Token, formatOutcomes(got), formatOutcomes(want))
	}
	return got
}

func wantLookup(t *testing.T, g outbound.PaymentGateway, want outbound.ChargeOutcome) {
	t.Helper()
	if got, err := g.Lookup(t.Context(), want.Charge.Key); err != nil || got != want {
		t.Errorf("Lookup = %s, %v; want %s", formatOutcomes(got), err, formatOutcomes(want))
	}
}

// lookUp returns the error of a lookup.
func lookUp(t *testing.T, g outbound.PaymentGateway, key booking.ChargeKey) error {
	t.Helper()
	_, err := g.Lookup(t.Context(), key)
	return err
}

func formatOutcomes(outcomes ...outbound.ChargeOutcome) string {
	told := make([]string, len(outcomes))
	for i, o := range outcomes {
		told[i] = fmt.Sprintf("%s of %s %s (%s)", o.Charge.Key, o.Charge.Amount, o.Status, o.Reason)
	}
	return fmt.Sprint(told)
}

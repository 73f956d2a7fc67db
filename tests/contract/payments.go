package contract

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/ports/outbound"
)

// RunPaymentGateway checks an outbound.PaymentGateway. Each gateway that open
// returns is one that nothing was charged by yet, and that understands the
// simulator's tokens.
func RunPaymentGateway(t *testing.T, open func(t *testing.T) outbound.PaymentGateway) {
	check := func(name string, test func(t *testing.T, g outbound.PaymentGateway)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	check("charges once however often it is asked", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_ok")
		for range 3 {
			wantCharge(t, g, r, outbound.Charged)
		}
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("charges once when it is asked many times at once", func(t *testing.T, g outbound.PaymentGateway) {
		const times = 20
		r := paymentOf(t, 1, "tok_ok")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range times {
			wg.Go(func() {
				<-start
				if got, err := g.Charge(t.Context(), r); err != nil || got != outcomeOf(r, outbound.Charged) {
					t.Errorf("Charge = %v, %v; want it charged", got, err)
				}
			})
		}
		close(start)
		wg.Wait()
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("declines as an outcome, with a reason, and stays with it", func(t *testing.T, g outbound.PaymentGateway) {
		for attempt, token := range []string{"tok_declined", "tok_nobody_knows"} {
			r := paymentOf(t, attempt+1, token)
			first := wantCharge(t, g, r, outbound.Declined)
			if first.Reason == "" {
				t.Errorf("%s was declined without a reason", token)
			}
			if again := wantCharge(t, g, r, outbound.Declined); again != first {
				t.Errorf("%s again: %v; want %v", token, again, first)
			}
		}
	})

	check("charges once where the gateway fails at first", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_flaky")
		wantCharge(t, g, r, outbound.Charged)
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("waits for a slow gateway", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_slow")
		wantCharge(t, g, r, outbound.Charged)
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("does not know what became of a charge without an answer, and can look it up", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_timeout")
		if got, err := g.Charge(t.Context(), r); !errors.Is(err, outbound.ErrUnavailable) {
			t.Fatalf("Charge = %v, %v; want ErrUnavailable", got, err)
		}
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("gives up when the caller does, and can look the charge up", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_timeout")
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := g.Charge(ctx, r)
			failed <- err
		}()
		for len(chargesFor(t, g, r.Booking)) == 0 {
			select {
			case err := <-failed:
				t.Fatalf("Charge ended before it was seen to charge: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		cancel()
		if err := <-failed; !errors.Is(err, outbound.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("Charge: %v; want ErrUnavailable because the context was cancelled", err)
		}
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.Charged))
	})

	check("does nothing under a cancelled context", func(t *testing.T, g outbound.PaymentGateway) {
		paid, unpaid := paymentOf(t, 1, "tok_ok"), paymentOf(t, 2, "tok_ok")
		wantCharge(t, g, paid, outbound.Charged)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, chargeErr := g.Charge(ctx, unpaid)
		refundErr := g.Refund(ctx, paid.Key)
		_, lookupErr := g.Lookup(ctx, paid.Booking)
		for method, err := range map[string]error{"Charge": chargeErr, "Refund": refundErr, "Lookup": lookupErr} {
			if !errors.Is(err, outbound.ErrUnavailable) || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v; want ErrUnavailable because the context was cancelled", method, err)
			}
		}
		wantLookup(t, g, paid.Booking, outcomeOf(paid, outbound.Charged))
	})

	check("pays back once however often it is asked", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_ok")
		wantCharge(t, g, r, outbound.Charged)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := g.Refund(t.Context(), r.Key); err != nil {
					t.Errorf("Refund: %v", err)
				}
			})
		}
		wg.Wait()
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.PaidBack))
	})

	check("does not charge again what it has paid back", func(t *testing.T, g outbound.PaymentGateway) {
		r := paymentOf(t, 1, "tok_ok")
		wantCharge(t, g, r, outbound.Charged)
		if err := g.Refund(t.Context(), r.Key); err != nil {
			t.Fatalf("Refund: %v", err)
		}
		wantCharge(t, g, r, outbound.PaidBack)
		wantLookup(t, g, r.Booking, outcomeOf(r, outbound.PaidBack))
	})

	check("pays nothing back where no money was taken", func(t *testing.T, g outbound.PaymentGateway) {
		declined := paymentOf(t, 1, "tok_declined")
		wantCharge(t, g, declined, outbound.Declined)
		for _, key := range []booking.ChargeKey{declined.Key, booking.KeyOf(declined.Booking, 2)} {
			if err := g.Refund(t.Context(), key); !errors.Is(err, outbound.ErrNotFound) {
				t.Errorf("Refund of %s: %v; want ErrNotFound", key, err)
			}
		}
	})

	check("looks up every attempt for one booking, oldest first", func(t *testing.T, g outbound.PaymentGateway) {
		declined, paidBack, charged := paymentOf(t, 1, "tok_declined"), paymentOf(t, 2, "tok_ok"), paymentOf(t, 3, "tok_ok")
		reason := wantCharge(t, g, declined, outbound.Declined).Reason
		wantCharge(t, g, paidBack, outbound.Charged)
		wantCharge(t, g, charged, outbound.Charged)
		other := paymentOf(t, 1, "tok_ok")
		other.Booking = "another-booking"
		other.Key = booking.KeyOf(other.Booking, 1)
		wantCharge(t, g, other, outbound.Charged)
		if err := g.Refund(t.Context(), paidBack.Key); err != nil {
			t.Fatalf("Refund: %v", err)
		}

		first := outcomeOf(declined, outbound.Declined)
		first.Reason = reason
		wantLookup(t, g, declined.Booking, first, outcomeOf(paidBack, outbound.PaidBack), outcomeOf(charged, outbound.Charged))
		wantLookup(t, g, other.Booking, outcomeOf(other, outbound.Charged))
	})

	check("finds nothing for a booking that it never heard of", func(t *testing.T, g outbound.PaymentGateway) {
		wantCharge(t, g, paymentOf(t, 1, "tok_ok"), outbound.Charged)
		wantLookup(t, g, "another-booking")
	})

	check("charges any amount of any currency to the minor unit", func(t *testing.T, g outbound.PaymentGateway) {
		var want []outbound.ChargeOutcome
		for _, amount := range []money.Money{
			amountOf(t, 4500, "EUR"), amountOf(t, 900, "JPY"), amountOf(t, 12_345, "KWD"),
			amountOf(t, 0, "USD"), amountOf(t, math.MaxInt64, "GBP"),
		} {
			r := paymentOf(t, len(want)+1, "tok_ok")
			r.Amount = amount
			want = append(want, wantCharge(t, g, r, outbound.Charged))
		}
		wantLookup(t, g, paymentOf(t, 1, "tok_ok").Booking, want...)
	})
}

// paymentOf is an attempt to pay for the same booking every time.
func paymentOf(t *testing.T, attempt int, token string) outbound.ChargeRequest {
	t.Helper()
	const id booking.ID = "01980a3c-7a2e-7c3b-8f00-1d2c3b4a5968"
	return outbound.ChargeRequest{
		Key:     booking.KeyOf(id, attempt),
		Booking: id,
		Amount:  amountOf(t, 4500, "EUR"),
		Token:   token,
	}
}

func amountOf(t *testing.T, minorUnits int64, code string) money.Money {
	t.Helper()
	currency, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	amount, err := money.New(minorUnits, currency)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func outcomeOf(r outbound.ChargeRequest, status outbound.ChargeStatus) outbound.ChargeOutcome {
	return outbound.ChargeOutcome{Charge: booking.Charge{Key: r.Key, Amount: r.Amount}, Status: status}
}

// wantCharge checks all of the outcome but the reason.
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
		t.Fatalf("Charge with %s = %s; want %s", r.Token, tellOutcomes(got), tellOutcomes(want))
	}
	return got
}

func wantLookup(t *testing.T, g outbound.PaymentGateway, id booking.ID, want ...outbound.ChargeOutcome) {
	t.Helper()
	if got := chargesFor(t, g, id); !slices.Equal(got, want) {
		t.Errorf("Lookup = %s; want %s", tellOutcomes(got...), tellOutcomes(want...))
	}
}

func chargesFor(t *testing.T, g outbound.PaymentGateway, id booking.ID) []outbound.ChargeOutcome {
	t.Helper()
	outcomes, err := g.Lookup(t.Context(), id)
	if err != nil {
		t.Fatalf("Lookup: %v", err)
	}
	return outcomes
}

func tellOutcomes(outcomes ...outbound.ChargeOutcome) string {
	told := make([]string, len(outcomes))
	for i, o := range outcomes {
		told[i] = fmt.Sprintf("%s of %s %s (%s)", o.Charge.Key, o.Charge.Amount, o.Status, o.Reason)
	}
	return fmt.Sprint(told)
}

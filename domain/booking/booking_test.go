package booking_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

const holdFor = 10 * time.Minute

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	until   = noon.Add(holdFor)
	curtain = time.Date(2031, time.May, 4, 19, 30, 0, 0, time.UTC)
	ann     = actor.Person{ID: "ann", Email: "ann@example.com"}
)

func TestHold(t *testing.T) {
	t.Run("holds seats at their prices until the hold expires", func(t *testing.T) {
		b, err := booking.Hold("b1", hamlet(t), ann, []show.Label{"B-1", "A-2"}, noon, holdFor)
		wantNoError(t, err)
		want := booking.Snapshot{
			ID: "b1", Show: "s1", Customer: "ann", Email: "ann@example.com", Total: euros(t, 6500), Status: booking.StatusHeld,
			Seats: []show.Seat{
				{Label: "B-1", Tier: "balcony", Price: euros(t, 2000)}, {Label: "A-2", Tier: "stalls", Price: euros(t, 4500)},
			},
			HeldUntil: until, CreatedAt: noon,
		}
		wantSnapshot(t, b, want)
		wantEvents(t, b, booking.SeatsHeld{
			Booking: "b1", Show: "s1", Customer: "ann", Seats: []show.Label{"B-1", "A-2"}, Total: euros(t, 6500), HeldUntil: until, At: noon,
		})
	})
	t.Run("accepts the maximum number of seats", func(t *testing.T) {
		b, err := booking.Hold("b1", hamlet(t), ann, labels("A", booking.MaxSeats), noon, holdFor)
		wantNoError(t, err)
		if len(b.Seats()) != booking.MaxSeats || b.Total() != euros(t, 45_000) {
			t.Errorf("%d seats for %s, want %d for 450.00 EUR", len(b.Seats()), b.Total(), booking.MaxSeats)
		}
	})

	for _, c := range []struct {
		name   string
		labels []show.Label
		fields []string
	}{
		{"refuses an empty list of seats", nil, []string{"seats"}},
		{"refuses too many seats", labels("A", booking.MaxSeats+1), []string{"seats"}},
		{"refuses a seat named twice", []show.Label{"A-1", "A-2", "A-1"}, []string{"seats/2"}},
		{"refuses an unknown seat", []show.Label{"A-1", "Z-1"}, []string{"seats/1"}},
		{"reports every problem at once", []show.Label{"Z-1", "A-1", "A-01", "A-1"}, []string{"seats/0", "seats/2", "seats/3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := booking.Hold("b1", hamlet(t), ann, c.labels, noon, holdFor)
			var refused *invalid.Error
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want one of *invalid.Error", err)
			}
			var fields []string
			for _, p := range refused.Problems {
				fields = append(fields, p.Field)
			}
			if diff := cmp.Diff(c.fields, fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("refuses a show that is not on sale", func(t *testing.T) {
		withdrawn := hamlet(t)
		wantNoError(t, withdrawn.Cancel(noon))
		for want, err := range map[show.NotOnSaleError]error{
			{Status: show.StatusDraft}:                 tryHold(newShow(t), noon),
			{Status: show.StatusCancelled}:             tryHold(withdrawn, noon),
			{Status: show.StatusOnSale, Started: true}: tryHold(hamlet(t), curtain),
		} {
			var got *show.NotOnSaleError
			if !errors.As(err, &got) || *got != want {
				t.Errorf("error %v, want %v", err, &want)
			}
		}
	})
}

func TestRequestPayment(t *testing.T) {
	t.Run("starts an attempt", func(t *testing.T) {
		b := held(t)
		at := until.Add(-time.Nanosecond)
		wantNoError(t, b.RequestPayment("tok", at))
		wantStatus(t, b, booking.StatusPaying)
		if b.Attempt() != 1 || b.PayingSince() != at || b.ChargeKey() != "b1-1" || !b.IsPaying(1) || b.IsPaying(2) {
			t.Errorf("got %+v", b.Snapshot())
		}
		wantEvents(t, b, booking.PaymentRequested{Booking: "b1", Attempt: 1, Amount: euros(t, 6500), Token: "tok", At: at})
	})
	t.Run("uses a new key for the next attempt and clears the reason for the decline", func(t *testing.T) {
		b := paying(t)
		wantNoError(t, b.Decline(1, "no", noon))
		wantNoError(t, b.RequestPayment("tok", noon))
		if b.Attempt() != 2 || b.ChargeKey() != "b1-2" || b.Declined() != "" || b.IsPaying(1) || !b.IsPaying(2) {
			t.Errorf("got %+v", b.Snapshot())
		}
	})
	t.Run("refuses an attempt after the last one", func(t *testing.T) {
		b := held(t)
		for attempt := 1; attempt <= booking.MaxAttempts; attempt++ {
			b = after(t, b, func(b *booking.Booking) error {
				return errors.Join(b.RequestPayment("tok", noon), b.Decline(attempt, "no", noon))
			})
		}
		wantRefused(t, b, func(b *booking.Booking) error { return b.RequestPayment("tok", noon) }, booking.ErrTooManyAttempts)
	})
	t.Run("refuses an expired hold", func(t *testing.T) {
		wantRefused(t, held(t), func(b *booking.Booking) error { return b.RequestPayment("tok", until) }, booking.ErrHoldExpired)
		wantRefused(t, expired(t), func(b *booking.Booking) error { return b.RequestPayment("tok", noon) }, booking.ErrHoldExpired)
	})
	t.Run("refuses an empty token", func(t *testing.T) {
		b := held(t)
		var refused *invalid.Error
		if err := b.RequestPayment("", noon); !errors.As(err, &refused) || refused.Problems[0].Field != "paymentToken" {
			t.Errorf("got %v", err)
		}
		wantStatus(t, b, booking.StatusHeld)
	})
	t.Run("refuses a booking that is not held", func(t *testing.T) {
		for _, b := range []*booking.Booking{paying(t), confirmed(t), cancelled(t)} {
			var not *booking.NotPayableError
			if err := b.RequestPayment("tok", noon); !errors.As(err, &not) || not.Status != b.Status() {
				t.Errorf("status %s: error %v", b.Status(), err)
			}
			wantEvents(t, b)
		}
	})
}

func TestConfirm(t *testing.T) {
	t.Run("accepts the charge, even after the end of the hold", func(t *testing.T) {
		b := paying(t)
		at := until.Add(time.Hour)
		wantNoError(t, b.Confirm(booking.Charge{Key: "b1-1", Amount: euros(t, 6500)}, at))
		wantStatus(t, b, booking.StatusConfirmed)
		wantNoError(t, b.CheckConfirmed())
		wantEvents(t, b, booking.Confirmed{Booking: "b1", Show: "s1", Charge: "b1-1", Total: euros(t, 6500), At: at})
	})
	t.Run("refuses a charge with another key or amount", func(t *testing.T) {
		yen, err := money.ParseCurrency("JPY")
		wantNoError(t, err)
		inYen, err := money.New(6500, yen)
		wantNoError(t, err)
		for _, c := range []booking.Charge{
			{Key: "b1-2", Amount: euros(t, 6500)},
			{Key: "b2-1", Amount: euros(t, 6500)},
			{Key: "b1-1", Amount: euros(t, 6499)},
			{Key: "b1-1", Amount: inYen},
			{Key: "b1-1"},
		} {
			b := paying(t)
			var wrong *booking.WrongChargeError
			err := b.Confirm(c, noon)
			if want := (booking.WrongChargeError{Got: c, WantKey: "b1-1", WantAmount: euros(t, 6500)}); !errors.As(err, &wrong) || *wrong != want {
				t.Errorf("error %v, want %v", err, &want)
			}
			wantStatus(t, b, booking.StatusPaying)
			wantEvents(t, b)
		}
	})
	t.Run("refuses a booking without a payment in progress", func(t *testing.T) {
		for _, b := range []*booking.Booking{held(t), confirmed(t), expired(t), cancelled(t)} {
			wantRefused(t, b, func(b *booking.Booking) error {
				return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon)
			}, booking.ErrNotPaying)
		}
	})
}

func TestCheckOverdue(t *testing.T) {
	b := paying(t) // since noon
	wantError := func(got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("got error %v, want %v", got, want)
		}
	}
	wantError(b.CheckOverdue(noon), nil)
	wantError(b.CheckOverdue(noon.Add(-time.Microsecond)), booking.ErrNotOverdue)
	for _, b := range []*booking.Booking{held(t), confirmed(t), cancelled(t), expired(t)} {
		wantError(b.CheckOverdue(curtain), booking.ErrNotPaying)
	}
}

func TestGiveUp(t *testing.T) {
	t.Run("declines the attempt and asks for a refund", func(t *testing.T) {
		b := paying(t)
		wantNoError(t, b.GiveUp(1, "no answer", noon))
		wantStatus(t, b, booking.StatusHeld)
		wantEvents(t, b,
			booking.PaymentDeclined{Booking: "b1", Attempt: 1, Reason: "no answer", At: noon},
			booking.PaymentGivenUp{Booking: "b1", Attempt: 1, At: noon})
	})
	t.Run("refuses another attempt", func(t *testing.T) {
		wantRefused(t, paying(t), func(b *booking.Booking) error { return b.GiveUp(2, "no", noon) }, booking.ErrNotPaying)
		wantRefused(t, confirmed(t), func(b *booking.Booking) error { return b.GiveUp(1, "no", noon) }, booking.ErrNotPaying)
	})
}

func TestDecline(t *testing.T) {
	t.Run("returns the booking to held before the end of the hold", func(t *testing.T) {
		b := paying(t)
		at := until.Add(-time.Nanosecond)
		wantNoError(t, b.Decline(1, "no funds", at))
		wantStatus(t, b, booking.StatusHeld)
		if b.Declined() != "no funds" || !b.PayingSince().IsZero() || b.HeldUntil() != until {
			t.Errorf("got %+v", b.Snapshot())
		}
		wantEvents(t, b, booking.PaymentDeclined{Booking: "b1", Attempt: 1, Reason: "no funds", At: at})
	})
	t.Run("expires the booking at the end of the hold", func(t *testing.T) {
		b := paying(t)
		wantNoError(t, b.Decline(1, "no funds", until))
		wantStatus(t, b, booking.StatusExpired)
		wantEvents(t, b,
			booking.PaymentDeclined{Booking: "b1", Attempt: 1, Reason: "no funds", At: until},
			booking.HoldExpired{Booking: "b1", Show: "s1", At: until})
	})
	t.Run("refuses an attempt that is not in progress", func(t *testing.T) {
		for _, attempt := range []int{0, 2} {
			wantRefused(t, paying(t), func(b *booking.Booking) error { return b.Decline(attempt, "no", noon) }, booking.ErrNotPaying)
		}
		for _, b := range []*booking.Booking{held(t), confirmed(t), expired(t), cancelled(t)} {
			wantRefused(t, b, func(b *booking.Booking) error { return b.Decline(b.Attempt(), "no", noon) }, booking.ErrNotPaying)
		}
	})
}

func TestExpire(t *testing.T) {
	t.Run("expires a hold at its end", func(t *testing.T) {
		b := held(t)
		wantNoError(t, b.Expire(until))
		wantStatus(t, b, booking.StatusExpired)
		wantEvents(t, b, booking.HoldExpired{Booking: "b1", Show: "s1", At: until})
	})
	t.Run("refuses a hold that has not lapsed and a booking that is not held", func(t *testing.T) {
		wantRefused(t, held(t), func(b *booking.Booking) error { return b.Expire(until.Add(-time.Nanosecond)) }, booking.ErrNotLapsed)
		for _, b := range []*booking.Booking{paying(t), confirmed(t), expired(t), cancelled(t)} {
			wantRefused(t, b, func(b *booking.Booking) error { return b.Expire(until) }, booking.ErrNotLapsed)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Run("cancels a hold at any time without a refund", func(t *testing.T) {
		for _, at := range []time.Time{noon, until, curtain} {
			b := held(t)
			wantNoError(t, b.Cancel(curtain, at))
			wantStatus(t, b, booking.StatusCancelled)
			wantRefund(t, b, booking.RefundNone)
			wantEvents(t, b, booking.Cancelled{Booking: "b1", Show: "s1", At: at})
		}
	})
	t.Run("cancels a confirmed booking before the start and makes a refund due", func(t *testing.T) {
		b := confirmed(t)
		at := curtain.Add(-time.Nanosecond)
		wantNoError(t, b.Cancel(curtain, at))
		wantStatus(t, b, booking.StatusCancelled)
		wantRefund(t, b, booking.RefundDue)
		wantEvents(t, b, booking.Cancelled{Booking: "b1", Show: "s1", RefundDue: true, At: at})
	})
	t.Run("leaves a cancelled booking unchanged", func(t *testing.T) {
		for _, b := range []*booking.Booking{cancelled(t), refundDue(t), refunded(t)} {
			before := b.Snapshot()
			wantNoError(t, b.Cancel(curtain, noon))
			wantSnapshot(t, b, before)
			wantEvents(t, b)
		}
	})
	t.Run("refuses a confirmed booking after the start", func(t *testing.T) {
		wantNotCancellable(t, confirmed(t), func(b *booking.Booking) error { return b.Cancel(curtain, curtain) })
	})
	t.Run("refuses while a payment is in progress, and after the hold expired", func(t *testing.T) {
		for _, b := range []*booking.Booking{paying(t), expired(t)} {
			wantNotCancellable(t, b, func(b *booking.Booking) error { return b.Cancel(curtain, noon) })
		}
	})
}

func TestCancelByShow(t *testing.T) {
	t.Run("cancels a held or confirmed booking, even after the start", func(t *testing.T) {
		for want, b := range map[booking.RefundStatus]*booking.Booking{booking.RefundNone: held(t), booking.RefundDue: confirmed(t)} {
			wantNoError(t, b.CancelByShow(curtain.Add(time.Hour)))
			wantStatus(t, b, booking.StatusCancelled)
			wantRefund(t, b, want)
		}
	})
	t.Run("leaves a cancelled booking unchanged", func(t *testing.T) {
		b := cancelled(t)
		wantNoError(t, b.CancelByShow(noon))
		wantEvents(t, b)
	})
	t.Run("refuses while a payment is in progress, and after the hold expired", func(t *testing.T) {
		for _, b := range []*booking.Booking{paying(t), expired(t)} {
			wantNotCancellable(t, b, func(b *booking.Booking) error { return b.CancelByShow(noon) })
		}
	})
}

func TestMarkRefunded(t *testing.T) {
	t.Run("records the refund", func(t *testing.T) {
		b := refundDue(t)
		wantNoError(t, b.MarkRefunded(noon))
		wantRefund(t, b, booking.RefundPaid)
		wantEvents(t, b, booking.Refunded{Booking: "b1", Charge: "b1-1", Amount: euros(t, 6500), At: noon})
	})
	t.Run("leaves a refunded booking unchanged", func(t *testing.T) {
		b := refunded(t)
		wantNoError(t, b.MarkRefunded(noon))
		wantRefund(t, b, booking.RefundPaid)
		wantEvents(t, b)
	})
	t.Run("refuses when no refund is due", func(t *testing.T) {
		for _, b := range []*booking.Booking{held(t), paying(t), confirmed(t), expired(t), cancelled(t)} {
			wantRefused(t, b, func(b *booking.Booking) error { return b.MarkRefunded(noon) }, booking.ErrNoRefundDue)
		}
	})
}

func TestMarkTicketed(t *testing.T) {
	t.Run("records that the tickets of a confirmed booking are printed", func(t *testing.T) {
		b := confirmed(t)
		before := b.Snapshot()
		wantNoError(t, b.MarkTicketed(noon))
		wantSnapshot(t, b, before)
		wantEvents(t, b, booking.Ticketed{Booking: "b1", Show: "s1", At: noon})
	})
	t.Run("refuses a booking that is not confirmed", func(t *testing.T) {
		for _, b := range []*booking.Booking{held(t), paying(t), expired(t), cancelled(t), refundDue(t)} {
			wantRefused(t, b, func(b *booking.Booking) error { return b.MarkTicketed(noon) }, booking.ErrNotConfirmed)
			wantRefused(t, b, (*booking.Booking).CheckConfirmed, booking.ErrNotConfirmed)
		}
	})
}

func TestMatches(t *testing.T) {
	b := held(t)
	for _, c := range []struct {
		name   string
		show   show.ID
		labels []show.Label
		want   bool
	}{
		{"the same seats", "s1", []show.Label{"B-1", "A-2"}, true},
		{"the same seats in another order", "s1", []show.Label{"A-2", "B-1"}, true},
		{"not fewer seats", "s1", []show.Label{"A-2"}, false},
		{"not more seats", "s1", []show.Label{"A-2", "B-1", "A-1"}, false},
		{"not other seats", "s1", []show.Label{"A-2", "B-2"}, false},
		{"not the same seat twice", "s1", []show.Label{"A-2", "A-2"}, false},
		{"not an empty list of seats", "s1", nil, false},
		{"not the same seats of another show", "s2", []show.Label{"B-1", "A-2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := b.Matches(c.show, c.labels); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func TestOwnsCharge(t *testing.T) {
	for _, c := range []struct {
		name    string
		booking *booking.Booking
		key     booking.ChargeKey
		want    bool
	}{
		{"the charge in progress", paying(t), "b1-1", true},
		{"the charge that confirmed it", confirmed(t), "b1-1", true},
		{"the charge with a refund due", refundDue(t), "b1-1", true},
		{"the refunded charge", refunded(t), "b1-1", true},
		{"not before the first attempt", held(t), "b1-0", false},
		{"not after a decline", declined(t), "b1-1", false},
		{"not the charge of an earlier attempt", after(t, declined(t), func(b *booking.Booking) error { return b.RequestPayment("tok", noon) }), "b1-1", false},
		{"not the charge of another booking", confirmed(t), "b2-1", false},
		{"not after the hold expired", expired(t), "b1-0", false},
		{"not when cancelled before a payment", cancelled(t), "b1-0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.booking.OwnsCharge(c.key); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func TestLive(t *testing.T) {
	for s, want := range map[booking.Status]bool{
		booking.StatusHeld: true, booking.StatusPaying: true, booking.StatusConfirmed: true, booking.StatusExpired: false, booking.StatusCancelled: false, {}: false,
	} {
		if s.Live() != want {
			t.Errorf("Live of %q = %t, want %t", s, s.Live(), want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Run("accepts only the names of statuses", func(t *testing.T) {
		for _, s := range []booking.Status{booking.StatusHeld, booking.StatusPaying, booking.StatusConfirmed, booking.StatusExpired, booking.StatusCancelled} {
			if got, err := booking.ParseStatus(s.String()); err != nil || got != s {
				t.Errorf("ParseStatus(%q) = %q, %v", s, got, err)
			}
		}
		for _, name := range []string{"", "Held", "free"} {
			if got, err := booking.ParseStatus(name); err == nil {
				t.Errorf("parsed %q as %q, want an error", name, got)
			}
		}
	})
	t.Run("accepts only the names of refund statuses", func(t *testing.T) {
		for _, r := range []booking.RefundStatus{booking.RefundNone, booking.RefundDue, booking.RefundPaid} {
			if got, err := booking.ParseRefundStatus(r.String()); err != nil || got != r {
				t.Errorf("ParseRefundStatus(%q) = %q, %v", r, got, err)
			}
		}
		for _, name := range []string{"", "None", "paid"} {
			if got, err := booking.ParseRefundStatus(name); err == nil {
				t.Errorf("parsed %q as %q, want an error", name, got)
			}
		}
	})
}

func TestRehydrate(t *testing.T) {
	t.Run("restores a booking with its times in UTC and without events", func(t *testing.T) {
		for _, b := range []*booking.Booking{held(t), paying(t), declined(t), confirmed(t), expired(t), refunded(t)} {
			want := b.Snapshot()
			elsewhere := time.FixedZone("", 3600)
			stored := want
			stored.HeldUntil, stored.CreatedAt = want.HeldUntil.In(elsewhere), want.CreatedAt.In(elsewhere)
			stored.PayingSince = want.PayingSince.In(elsewhere)
			again, err := booking.Rehydrate(stored)
			wantNoError(t, err)
			if got := again.Snapshot(); !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			wantEvents(t, again)
		}
	})
	t.Run("copies the seats of a snapshot", func(t *testing.T) {
		b := held(t)
		b.Snapshot().Seats[0].Label = "Z-1"
		stored := b.Snapshot()
		again, err := booking.Rehydrate(stored)
		wantNoError(t, err)
		stored.Seats[0].Label = "Z-1"
		for _, mine := range []*booking.Booking{b, again} {
			if mine.Labels()[0] != "B-1" {
				t.Error("the seat changed with the snapshot")
			}
		}
	})
	t.Run("rejects an incomplete snapshot", func(t *testing.T) {
		for name, spoil := range map[string]func(*booking.Snapshot){
			"id":       func(v *booking.Snapshot) { v.ID = "" },
			"show":     func(v *booking.Snapshot) { v.Show = "" },
			"customer": func(v *booking.Snapshot) { v.Customer = "" },
			"seats":    func(v *booking.Snapshot) { v.Seats = nil },
			"status":   func(v *booking.Snapshot) { v.Status = booking.Status{} },
		} {
			stored := held(t).Snapshot()
			spoil(&stored)
			if _, err := booking.Rehydrate(stored); err == nil {
				t.Errorf("Rehydrate accepted a snapshot without %s", name)
			}
		}
	})
}

func newShow(t *testing.T) *show.Show {
	t.Helper()
	s, err := show.New("s1", actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: curtain, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}, {Name: "balcony", Price: 2000}},
		Rows:  []show.Row{{Name: "A", Seats: 20, Tier: "stalls"}, {Name: "B", Seats: 2, Tier: "balcony"}},
	}, noon)
	wantNoError(t, err)
	return s
}

// hamlet returns a show that is on sale.
func hamlet(t *testing.T) *show.Show {
	t.Helper()
	s := newShow(t)
	wantNoError(t, s.Open(noon))
	return s
}

func tryHold(sh *show.Show, now time.Time) error {
	_, err := booking.Hold("b1", sh, ann, []show.Label{"A-1"}, now, holdFor)
	return err
}

// The functions below return bookings without events, as a store does. The bookings claim
// B-1 and A-2 for 65.00 EUR.

func held(t *testing.T) *booking.Booking {
	t.Helper()
	b, err := booking.Hold("b1", hamlet(t), ann, []show.Label{"B-1", "A-2"}, noon, holdFor)
	wantNoError(t, err)
	return after(t, b, func(*booking.Booking) error { return nil })
}

func paying(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, held(t), func(b *booking.Booking) error { return b.RequestPayment("tok", noon) })
}

func declined(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, paying(t), func(b *booking.Booking) error { return b.Decline(1, "no", noon) })
}

func confirmed(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, paying(t), func(b *booking.Booking) error {
		return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon)
	})
}

func expired(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, held(t), func(b *booking.Booking) error { return b.Expire(until) })
}

func cancelled(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, held(t), func(b *booking.Booking) error { return b.Cancel(curtain, noon) })
}

func refundDue(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, confirmed(t), func(b *booking.Booking) error { return b.Cancel(curtain, noon) })
}

func refunded(t *testing.T) *booking.Booking {
	t.Helper()
	return after(t, refundDue(t), func(b *booking.Booking) error { return b.MarkRefunded(noon) })
}

func after(t *testing.T, b *booking.Booking, change func(*booking.Booking) error) *booking.Booking {
	t.Helper()
	wantNoError(t, change(b))
	b, err := booking.Rehydrate(b.Snapshot())
	wantNoError(t, err)
	return b
}

func labels(row string, n int) []show.Label {
	all := make([]show.Label, n)
	for i := range all {
		all[i] = show.Label(fmt.Sprintf("%s-%d", row, i+1))
	}
	return all
}

func euros(t *testing.T, cents int64) money.Money {
	t.Helper()
	eur, err := money.ParseCurrency("EUR")
	wantNoError(t, err)
	m, err := money.New(cents, eur)
	wantNoError(t, err)
	return m
}

func wantNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantStatus(t *testing.T, b *booking.Booking, want booking.Status) {
	t.Helper()
	if b.Status() != want {
		t.Errorf("status %s, want %s", b.Status(), want)
	}
}

func wantRefund(t *testing.T, b *booking.Booking, want booking.RefundStatus) {
	t.Helper()
	if b.Refund() != want {
		t.Errorf("refund is %s, want %s", b.Refund(), want)
	}
}

func wantSnapshot(t *testing.T, b *booking.Booking, want booking.Snapshot) {
	t.Helper()
	if got := b.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func wantEvents(t *testing.T, b *booking.Booking, want ...event.Event) {
	t.Helper()
	if diff := cmp.Diff(want, b.Events(), cmpopts.EquateComparable(money.Money{})); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// wantRefused checks that do(b) fails with the error want and changes nothing.
func wantRefused(t *testing.T, b *booking.Booking, do func(*booking.Booking) error, want error) {
	t.Helper()
	before := b.Snapshot()
	if err := do(b); !errors.Is(err, want) {
		t.Errorf("status %s: error %v, want %v", before.Status, err, want)
	}
	wantSnapshot(t, b, before)
	wantEvents(t, b)
}

func wantNotCancellable(t *testing.T, b *booking.Booking, do func(*booking.Booking) error) {
	t.Helper()
	before := b.Snapshot()
	var not *booking.NotCancellableError
	if err := do(b); !errors.As(err, &not) || not.Status != before.Status || not.Reason == "" {
		t.Errorf("status %s: error %v", before.Status, err)
	}
	wantSnapshot(t, b, before)
	wantEvents(t, b)
}

package booking_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

type sequence struct {
	booking *booking.Booking
	first   booking.Snapshot
	now     time.Time
}

// TestAnySequence calls the methods of a booking in random order at random times. The
// state must always match the events, and the status must change only as allowed.
func TestAnySequence(t *testing.T) {
	sh := hamlet(t)
	rapid.Check(t, func(t *rapid.T) {
		b, err := booking.Hold("b1", sh, ann, []show.Label{"B-1", "A-2"}, noon, holdFor)
		if err != nil {
			t.Fatal(err)
		}
		c := &sequence{booking: b, first: b.Snapshot(), now: noon}
		t.Repeat(map[string]func(*rapid.T){
			"request payment": c.step(func(t *rapid.T) error {
				return b.RequestPayment(rapid.SampledFrom([]string{"tok", "tok", ""}).Draw(t, "token"), c.now)
			}),
			"confirm": c.step(func(t *rapid.T) error { return b.Confirm(c.charge(t), c.now) }),
			"decline": c.step(func(t *rapid.T) error {
				return b.Decline(b.Attempt()-rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "late"), "no", c.now)
			}),
			"give up": c.step(func(t *rapid.T) error {
				return b.GiveUp(b.Attempt()-rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "late"), "no", c.now)
			}),
			"expire":         c.step(func(*rapid.T) error { return b.Expire(c.now) }),
			"cancel":         c.step(func(*rapid.T) error { return b.Cancel(curtain, c.now) }),
			"cancel by show": c.step(func(*rapid.T) error { return b.CancelByShow(c.now) }),
			"mark refunded":  c.step(func(*rapid.T) error { return b.MarkRefunded(c.now) }),
			"mark ticketed":  c.step(func(*rapid.T) error { return b.MarkTicketed(c.now) }),
			"wait": func(t *rapid.T) {
				c.now = c.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, holdFor, 5 * time.Hour}).Draw(t, "long"))
			},
			"": c.check,
		})
	})
}

// charge returns the right charge most of the time.
func (c *sequence) charge(t *rapid.T) booking.Charge {
	key := booking.KeyOf(c.booking.ID(), c.booking.Attempt()-rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "late"))
	amount := rapid.SampledFrom([]money.Money{c.first.Total, c.first.Total, c.first.Total, c.first.Seats[0].Price}).Draw(t, "amount")
	return booking.Charge{Key: key, Amount: amount}
}

// step returns an action that calls a method and checks the change.
func (c *sequence) step(do func(*rapid.T) error) func(*rapid.T) {
	return func(t *rapid.T) {
		before, events := c.booking.Snapshot(), len(c.booking.Events())
		err := do(t)
		after, recorded := c.booking.Snapshot(), c.booking.Events()[events:]

		if err != nil && (!reflect.DeepEqual(before, after) || len(recorded) > 0) {
			t.Errorf("error %v, but %+v became %+v with the events %v", err, before, after, recorded)
		}
		if !reflect.DeepEqual(before, after) && len(recorded) == 0 {
			t.Errorf("no event although %+v became %+v", before, after)
		}
		if !before.Status.Live() && after.Status.Live() {
			t.Errorf("holds its seats again: %s became %s", before.Status, after.Status)
		}
		if before.Status != after.Status && !slices.Contains(next[before.Status], after.Status) {
			t.Errorf("%s became %s", before.Status, after.Status)
		}
		if after.Status == booking.StatusExpired && before.Status != booking.StatusExpired && c.now.Before(after.HeldUntil) {
			t.Errorf("expired at %s, before %s", c.now, after.HeldUntil)
		}
		if after.Status == booking.StatusPaying && before.Status != booking.StatusPaying && !c.now.Before(after.HeldUntil) {
			t.Errorf("a payment began at %s, after the hold expired", c.now)
		}
		if after.Refund == booking.RefundDue && before.Refund != booking.RefundDue && before.Status != booking.StatusConfirmed {
			t.Errorf("a refund is due for a booking that was %s", before.Status)
		}
	}
}

// next lists the statuses that can follow each status.
var next = map[booking.Status][]booking.Status{
	booking.StatusHeld:      {booking.StatusPaying, booking.StatusExpired, booking.StatusCancelled},
	booking.StatusPaying:    {booking.StatusConfirmed, booking.StatusHeld, booking.StatusExpired},
	booking.StatusConfirmed: {booking.StatusCancelled},
}

// check compares the booking with its events.
func (c *sequence) check(t *rapid.T) {
	got := c.booking.Snapshot()
	want, err := replay(c.booking.Events())
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != want.Status || got.Attempt != want.Attempt || got.Refund != want.Refund {
		t.Errorf("the events say %s, attempt %d, refund %s; the booking is %s, %d, %s",
			want.Status, want.Attempt, want.Refund, got.Status, got.Attempt, got.Refund)
	}
	if charged := got.Status == booking.StatusConfirmed || got.Refund != booking.RefundNone; charged && got.Attempt == 0 {
		t.Errorf("%s without an attempt to charge", got.Status)
	}
	if got.Refund != booking.RefundNone && got.Status != booking.StatusCancelled {
		t.Errorf("refund %s of a booking with status %s", got.Refund, got.Status)
	}
	if (got.Status == booking.StatusPaying) == got.PayingSince.IsZero() && got.Status != booking.StatusConfirmed && got.Refund == booking.RefundNone {
		t.Errorf("%s, paying since %s", got.Status, got.PayingSince)
	}
	same := got
	same.Status, same.Attempt, same.Refund = c.first.Status, c.first.Attempt, c.first.Refund
	same.PayingSince, same.Declined = c.first.PayingSince, c.first.Declined
	if !reflect.DeepEqual(same, c.first) {
		t.Errorf("a constant field changed: %+v became %+v", c.first, same)
	}
}

// replay returns the state that a subscriber would derive from all events.
func replay(events []event.Event) (s booking.Snapshot, err error) {
	for _, e := range events {
		switch e := e.(type) {
		case booking.SeatsHeld:
			s.Status = booking.StatusHeld
		case booking.PaymentRequested:
			s.Status, s.Attempt = booking.StatusPaying, e.Attempt
		case booking.PaymentDeclined:
			s.Status = booking.StatusHeld
		case booking.Confirmed:
			s.Status = booking.StatusConfirmed
		case booking.HoldExpired:
			s.Status = booking.StatusExpired
		case booking.Cancelled:
			if s.Status == booking.StatusConfirmed != e.RefundDue {
				return s, errors.New("a refund is due exactly for a confirmed booking")
			}
			s.Status = booking.StatusCancelled
			if e.RefundDue {
				s.Refund = booking.RefundDue
			}
		case booking.Refunded:
			if s.Refund != booking.RefundDue {
				return s, errors.New("refunded although no refund was due")
			}
			s.Refund = booking.RefundPaid
		case booking.Ticketed:
			if s.Status != booking.StatusConfirmed {
				return s, errors.New("tickets without a confirmation")
			}
		}
	}
	return s, nil
}

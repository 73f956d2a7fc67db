package boxoffice

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/tests/testkit"
)

func runLimits(t *testing.T, open OpenStores) {
	limits := booking.Limits{Holds: 2, Seats: 5, HoldsPerMinute: 4, Payments: 1}
	hold := func(t *testing.T, stores Stores, sh *show.Show, customer actor.ID, labels ...show.Label) (*booking.Booking, error) {
		t.Helper()
		return stores.Bookings.Add(t.Context(), newBooking(t, sh, customer, labels...), newKey(), limits)
	}
	mustHold := func(t *testing.T, stores Stores, sh *show.Show, labels ...show.Label) booking.ID {
		t.Helper()
		b, err := hold(t, stores, sh, "ann", labels...)
		testkit.Must(t, err)
		return b.ID()
	}

	t.Run("refuses a booking that exceeds a limit, and claims nothing", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name   string
			before [][]show.Label // the seats of earlier bookings
			late   []show.Label
		}{
			{"of unpaid bookings", [][]show.Label{{"A-1"}, {"A-2"}}, []show.Label{"A-3"}},
			{"of seats in unpaid bookings", [][]show.Label{{"A-1", "A-2", "A-4"}}, []show.Label{"A-3", "A-5", "A-6"}},
			{"of seats in the first booking", nil, []show.Label{"A-1", "A-2", "A-3", "A-4", "A-5", "A-6"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				for _, labels := range tt.before {
					mustHold(t, stores, sh, labels...)
				}
				before := stores.claims(t, sh.ID())
				stores.relayAll(t)
				for range 3 {
					_, err := hold(t, stores, sh, "ann", tt.late...)
					wantLimit(t, err)
				}
				testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), before)
				wantEvents(t, stores.relayAll(t))
				_, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "bob", "A-3"), newKey(), limits)
				testkit.Must(t, err) // the bookings of ann do not count for bob
				mustHold(t, stores, stores.addShowOnSale(t), "A-1")
			})
		}
	})

	t.Run("counts the new bookings of a minute regardless of their status", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		for range limits.HoldsPerMinute {
			stores.updateBooking(t, mustHold(t, stores, stores.addShowOnSale(t), "A-1"), cancelBooking)
		}
		sh := stores.addShowOnSale(t)
		_, err := hold(t, stores, sh, "ann", "A-1")
		wantLimit(t, err)

		next := noon.Truncate(time.Minute).Add(time.Minute)
		b, err := booking.Hold(booking.ID(newID()), sh, ann, []show.Label{"A-1"}, next, holdFor)
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), b, newKey(), limits)
		testkit.Must(t, err)
	})

	t.Run("no longer counts bookings that are paid, expired or cancelled", func(t *testing.T) {
		t.Parallel()
		for _, change := range []struct {
			name string
			end  func(*booking.Booking) error
		}{
			{"confirmed", confirmPayment},
			{"expired", func(b *booking.Booking) error { return b.Expire(noon.Add(holdFor)) }},
			{"cancelled", cancelBooking},
		} {
			t.Run(change.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				first := mustHold(t, stores, sh, "A-1", "A-2", "A-3")
				mustHold(t, stores, sh, "A-4", "A-5")
				stores.updateBooking(t, first, change.end)
				mustHold(t, stores, sh, "A-6", "A-7", "A-8")
				_, err := hold(t, stores, sh, "ann", "A-9")
				wantLimit(t, err)
			})
		}
	})

	t.Run("counts a booking whose payment is in progress", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		for _, label := range []show.Label{"A-1", "A-2"} {
			stores.updateBooking(t, mustHold(t, stores, sh, label), requestPayment)
		}
		_, err := hold(t, stores, sh, "ann", "A-3")
		wantLimit(t, err)
	})

	t.Run("returns the booking of a repeated request at the limit", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		first, key := newBooking(t, sh, "ann", "A-1"), newKey()
		_, err := stores.Bookings.Add(t.Context(), first, key, limits)
		testkit.Must(t, err)
		mustHold(t, stores, sh, "A-2")
		again, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", "A-1"), key, limits)
		testkit.Must(t, err)
		testkit.WantEqual(t, "booking", again.ID(), first.ID())
	})

	t.Run("does not let concurrent requests of a customer exceed a limit", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			customer := actor.ID("customer " + newID())
			errs := make([]error, 10)
			testkit.RunConcurrently(len(errs), func(i int) {
				_, errs[i] = hold(t, stores, sh, customer, show.Label(fmt.Sprint("A-", i+1)))
			})
			testkit.WantEqual(t, "bookings", testkit.Succeeded(errs), limits.Holds)
			for _, err := range errs {
				if err != nil {
					wantLimit(t, err)
				}
			}
		})
	})

	start := func(t *testing.T, stores Stores, id booking.ID) error {
		t.Helper()
		_, err := stores.Bookings.StartPayment(t.Context(), id, limits, requestPayment)
		return err
	}

	t.Run("refuses a payment that exceeds the limit, and changes nothing", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		first, second := mustHold(t, stores, sh, "A-1"), mustHold(t, stores, stores.addShowOnSale(t), "A-2")
		testkit.Must(t, start(t, stores, first))
		stores.relayAll(t)
		wantLimit(t, start(t, stores, second))
		got, err := stores.Bookings.Get(t.Context(), second)
		testkit.Must(t, err)
		testkit.WantEqual(t, "status", got.Status(), booking.StatusHeld)
		wantEvents(t, stores.relayAll(t))

		stores.updateBooking(t, first, func(b *booking.Booking) error { return b.Decline(1, "no", noon) })
		testkit.Must(t, start(t, stores, second))
	})

	t.Run("returns the error of a payment that cannot start", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		id := mustHold(t, stores, stores.addShowOnSale(t), "A-1")
		failure := errors.New("no")
		_, err := stores.Bookings.StartPayment(t.Context(), id, limits, func(*booking.Booking) error { return failure })
		testkit.WantError(t, err, failure)
		_, err = stores.Bookings.StartPayment(t.Context(), booking.ID(newID()), limits, requestPayment)
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	t.Run("does not let concurrent payments of a customer exceed the limit", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			customer := actor.ID("customer " + newID())
			ids := make([]booking.ID, 4)
			for i := range ids {
				b, err := hold(t, stores, stores.addShowOnSale(t), customer, "A-1")
				testkit.Must(t, err)
				ids[i] = b.ID()
			}
			errs := make([]error, len(ids))
			testkit.RunConcurrently(len(ids), func(i int) { errs[i] = start(t, stores, ids[i]) })
			testkit.WantEqual(t, "payments", testkit.Succeeded(errs), limits.Payments)
			for _, err := range errs {
				if err != nil {
					wantLimit(t, err)
				}
			}
		})
	})
}

func wantLimit(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*booking.LimitError](err); !ok {
		t.Errorf("got error %v, want a *booking.LimitError", err)
	}
}

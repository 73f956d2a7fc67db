package boxoffice

import (
	"errors"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

func runKeys(t *testing.T, open OpenStores) {
	t.Run("returns the existing booking for a repeated request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", "A-1", "A-2"), key, booking.Limits{})
		testkit.Must(t, err)
		first = stores.updateBooking(t, first.ID(), requestPayment)
		stores.relayAll(t)

		for _, labels := range [][]show.Label{{"A-1", "A-2"}, {"A-2", "A-1"}} {
			again, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", labels...), key, booking.Limits{})
			testkit.Must(t, err)
			testkit.WantEqual(t, "booking", again.Snapshot(), first.Snapshot())
		}
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held"})
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("returns the existing booking even after it and its show were cancelled", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", "A-1"), key, booking.Limits{})
		testkit.Must(t, err)
		first = stores.updateBooking(t, first.ID(), cancelBooking)
		retried := newBooking(t, sh, "ann", "A-1")

		again, err := stores.Bookings.Add(t.Context(), retried, key, booking.Limits{})
		testkit.Must(t, err)
		testkit.WantEqual(t, "after it was cancelled", again.Snapshot(), first.Snapshot())
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), nil)

		stores.addBooking(t, sh, "A-1")
		again, err = stores.Bookings.Add(t.Context(), retried, key, booking.Limits{})
		testkit.Must(t, err)
		testkit.WantEqual(t, "after the seat was taken", again.Snapshot(), first.Snapshot())

		stores.cancelShow(t, sh.ID())
		again, err = stores.Bookings.Add(t.Context(), retried, key, booking.Limits{})
		testkit.Must(t, err)
		testkit.WantEqual(t, "after the show was cancelled", again.Snapshot(), first.Snapshot())
	})

	t.Run("refuses a key that was used for another request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, other := stores.addShowOnSale(t), stores.addShowOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", "A-1", "A-2"), key, booking.Limits{})
		testkit.Must(t, err)
		stores.relayAll(t)

		for _, tt := range []struct {
			name    string
			booking *booking.Booking
		}{
			{"fewer seats", newBooking(t, sh, "ann", "A-1")},
			{"more seats", newBooking(t, sh, "ann", "A-1", "A-2", "A-3")},
			{"other seats", newBooking(t, sh, "ann", "A-1", "A-3")},
			{"another show", newBooking(t, other, "ann", "A-1", "A-2")},
		} {
			_, err := stores.Bookings.Add(t.Context(), tt.booking, key, booking.Limits{})
			if !errors.Is(err, ports.ErrIdempotencyKeyReused) {
				t.Errorf("%s: got error %v, want %v", tt.name, err, ports.ErrIdempotencyKeyReused)
			}
		}
		stores.wantBooking(t, first)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held"})
		testkit.WantEqual(t, "claims on the other show", stores.claims(t, other.ID()), nil)
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("accepts the same key from another customer", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		ann, bob, key := newBooking(t, sh, "ann", "A-1"), newBooking(t, sh, "bob", "A-2"), newKey()
		for _, b := range []*booking.Booking{ann, bob} {
			_, err := stores.Bookings.Add(t.Context(), b, key, booking.Limits{})
			testkit.Must(t, err)
		}
		for _, want := range []*booking.Booking{ann, bob} {
			got, err := stores.Bookings.ByKey(t.Context(), want.Customer(), key)
			testkit.Must(t, err)
			testkit.WantEqual(t, "booking of "+string(want.Customer()), got.Snapshot(), want.Snapshot())
		}
	})

	t.Run("makes one booking for concurrent requests with the same key", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			key := newKey()
			wanted := []*booking.Booking{newBooking(t, sh, "ann", "A-1", "A-2"), newBooking(t, sh, "ann", "A-2", "A-1"), newBooking(t, sh, "ann", "A-1", "A-2")}
			made := make([]*booking.Booking, len(wanted))
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted), func(i int) { made[i], errs[i] = stores.Bookings.Add(t.Context(), wanted[i], key, booking.Limits{}) })
			testkit.Must(t, errors.Join(errs...))
			testkit.WantEqual(t, "second answer", made[1].Snapshot(), made[0].Snapshot())
			testkit.WantEqual(t, "third answer", made[2].Snapshot(), made[0].Snapshot())

			page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Show: sh.ID(), Limit: 10})
			testkit.Must(t, err)
			testkit.WantEqual(t, "bookings", len(page), 1)
		})
		testkit.WantEqual(t, "events of holds in all rounds", countType(stores.relayAll(t), "booking.held"), testkit.Rounds)
	})
}

package boxoffice

import (
	"slices"
	"testing"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

func runClaims(t *testing.T, open OpenStores) {
	t.Run("refuses taken seats and reports them in the order of the request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.addBooking(t, sh, "A-1", "A-10")
		stores.updateBooking(t, stores.addBooking(t, sh, "A-2").ID(), requestPayment)
		stores.updateBooking(t, stores.addBooking(t, sh, "B-3").ID(), confirmPayment)
		stores.relayAll(t)

		late, key := newBooking(t, sh, "bob", "B-3", "A-9", "A-10", "A-2", "B-1", "A-1"), newKey()
		_, err := stores.Bookings.Add(t.Context(), late, key, booking.Limits{})
		wantTaken(t, err, "B-3", "A-10", "A-2", "A-1")

		_, err = stores.Bookings.Get(t.Context(), late.ID())
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "bob", key)
		testkit.WantError(t, err, ports.ErrNotFound)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{
			"A-1": "held", "A-10": "held", "A-2": "held", "B-3": "sold",
		})
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("accepts a key again if its first use made no booking", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.addBooking(t, sh, "A-1")
		key := newKey()
		_, err := stores.Bookings.Add(t.Context(), newBooking(t, sh, "bob", "A-1"), key, booking.Limits{})
		wantTaken(t, err, "A-1")
		other := newBooking(t, sh, "bob", "A-2")
		made, err := stores.Bookings.Add(t.Context(), other, key, booking.Limits{})
		testkit.Must(t, err)
		testkit.WantEqual(t, "booking", made.ID(), other.ID())
	})

	t.Run("accepts the same seat of another show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		stores.addBooking(t, stores.addShowOnSale(t), "A-1")
		stores.addBooking(t, stores.addShowOnSale(t), "A-1")
	})

	t.Run("keeps the claims of a booking only while it is live", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name    string
			changes []func(*booking.Booking) error
			free    bool
		}{
			{"held", nil, false},
			{"paying", []func(*booking.Booking) error{requestPayment}, false},
			{"declined", []func(*booking.Booking) error{requestPayment, declinePayment}, false},
			{"confirmed", []func(*booking.Booking) error{confirmPayment}, false},
			{"expired", []func(*booking.Booking) error{expireHold}, true},
			{"declined after the hold", []func(*booking.Booking) error{requestPayment, declineAfterHold}, true},
			{"cancelled", []func(*booking.Booking) error{cancelBooking}, true},
			{"cancelled after a payment", []func(*booking.Booking) error{confirmPayment, cancelBooking}, true},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				first := stores.addBooking(t, sh, "A-1", "A-2")
				for _, change := range tt.changes {
					stores.updateBooking(t, first.ID(), change)
				}
				next := newBooking(t, sh, "bob", "A-3", "A-2", "A-1")
				_, err := stores.Bookings.Add(t.Context(), next, newKey(), booking.Limits{})
				if !tt.free {
					wantTaken(t, err, "A-2", "A-1")
					return
				}
				testkit.Must(t, err)
				testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held", "A-3": "held"})

				if first, err = stores.Bookings.Get(t.Context(), first.ID()); err != nil {
					t.Fatal(err)
				}
				if first.Refund() == booking.RefundDue {
					stores.updateBooking(t, first.ID(), markRefunded)
				}
				testkit.WantEqual(t, "number of claims after the first booking ended", len(stores.claims(t, sh.ID())), 3)
			})
		}
	})

	t.Run("refuses a booking of an unknown show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := newBooking(t, newShowOnSale(t), "ann", "A-1")
		_, err := stores.Bookings.Add(t.Context(), b, newKey(), booking.Limits{})
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.Get(t.Context(), b.ID())
		testkit.WantError(t, err, ports.ErrNotFound)
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("refuses a booking of a cancelled show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		b := newBooking(t, sh, "ann", "A-1")
		stores.cancelShow(t, sh.ID())
		stores.relayAll(t)
		_, err := stores.Bookings.Add(t.Context(), b, newKey(), booking.Limits{})
		wantShowCancelled(t, err)
		_, err = stores.Bookings.Get(t.Context(), b.ID())
		testkit.WantError(t, err, ports.ErrNotFound)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("lets only one of many concurrent bookings claim a seat", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			wanted := make([]*booking.Booking, 20)
			for i := range wanted {
				wanted[i] = newBooking(t, sh, actor.ID("customer "+newID()), "A-1")
			}
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted), func(i int) { _, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey(), booking.Limits{}) })

			testkit.WantEqual(t, "winners", testkit.Succeeded(errs), 1)
			for i, err := range errs {
				if err == nil {
					stores.wantBooking(t, wanted[i])
					continue
				}
				wantTaken(t, err, "A-1")
				_, err = stores.Bookings.Get(t.Context(), wanted[i].ID())
				testkit.WantError(t, err, ports.ErrNotFound)
			}
			testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
		})
		testkit.WantEqual(t, "events of holds in all rounds", countType(stores.relayAll(t), "booking.held"), testkit.Rounds)
	})

	t.Run("gives each of several overlapping bookings all of its seats or none", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			wanted := []*booking.Booking{
				newBooking(t, sh, "ann", "A-1", "A-2", "A-3"),
				newBooking(t, sh, "bob", "A-3", "A-2", "A-1"),
				newBooking(t, sh, "cid", "A-2", "A-4"),
				newBooking(t, sh, "dan", "A-4", "A-3"),
			}
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted), func(i int) { _, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey(), booking.Limits{}) })
			claimed := map[show.Label]string{}
			for i, err := range errs {
				if err != nil {
					_, _ = testkit.WantErrorType[*booking.SeatsTakenError](t, err)
					continue
				}
				for _, l := range wanted[i].Labels() {
					if claimed[l] != "" {
						t.Errorf("got two bookings for seat %s, want one", l)
					}
					claimed[l] = "held"
				}
			}
			if len(claimed) == 0 {
				t.Error("got no booking, want one at least")
			}
			testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), claimed)
		})
	})

	t.Run("lists every accepted booking as due when its show is cancelled concurrently", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			wanted := []*booking.Booking{
				newBooking(t, sh, "ann", "A-1"), newBooking(t, sh, "bob", "A-2"), newBooking(t, sh, "cid", "A-3"), newBooking(t, sh, "dan", "A-4"),
			}
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted)+1, func(i int) {
				if i == len(wanted) {
					if _, err := stores.Shows.Update(t.Context(), sh.ID(), cancelShow); err != nil {
						t.Errorf("cancel the show: %v", err)
					}
					return
				}
				_, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey(), booking.Limits{})
			})
			due, err := stores.Bookings.ListDue(t.Context(), outbound.DueFilter{OfCancelledShows: true}, outbound.DueBooking{}, 1000)
			testkit.Must(t, err)
			for i, err := range errs {
				if err != nil {
					wantShowCancelled(t, err)
				}
				isDue := slices.ContainsFunc(due, func(b outbound.DueBooking) bool { return b.ID == wanted[i].ID() })
				if held := err == nil; isDue != held {
					t.Errorf("got a booking: %t, and its id among those of cancelled shows: %t, want the same", held, !held)
				}
			}
		})
	})
}

func wantShowCancelled(t *testing.T, err error) {
	t.Helper()
	if not, ok := testkit.WantErrorType[*show.NotOnSaleError](t, err); ok {
		testkit.WantEqual(t, "status of the show", not.Status, show.StatusCancelled)
	}
}

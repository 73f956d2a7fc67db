package boxoffice

import (
	"context"
	"slices"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// RunShowsOnSale checks the [outbound.ShowsOnSale] that newShowsOnSale returns for the
// stored shows.
func RunShowsOnSale(t *testing.T, open OpenStores, newShowsOnSale func(outbound.Shows) outbound.ShowsOnSale) {
	t.Run("returns the stored show every time", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh, other := stores.addShowOnSale(t), stores.addShowOnSale(t)
		for range 2 {
			for _, want := range []*show.Show{sh, other} {
				got, err := shows.Get(t.Context(), want.ID())
				testkit.Must(t, err)
				testkit.WantEqual(t, "show", got.Snapshot(), want.Snapshot())
				testkit.WantEqual(t, "seats", slices.Collect(got.Plan().Seats()), slices.Collect(want.Plan().Seats()))
			}
		}
	})

	t.Run("returns the current state after a show is added or opened", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh := newDraft(t, globeStaff, hamlet())
		_, err := shows.Get(t.Context(), sh.ID())
		testkit.WantError(t, err, ports.ErrNotFound)

		testkit.Must(t, stores.Shows.Add(t.Context(), sh))
		got, err := shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "status", got.Status(), show.StatusDraft)

		_, err = stores.Shows.Update(t.Context(), sh.ID(), openShow)
		testkit.Must(t, err)
		got, err = shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "status", got.Status(), show.StatusOnSale)
	})

	t.Run("may return a cancelled show, which the store then refuses to book", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh := stores.addShowOnSale(t)
		cached, err := shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		stores.cancelShow(t, sh.ID())
		_, err = stores.Bookings.Add(t.Context(), newBooking(t, cached, "ann", "A-1"), newKey(), booking.Limits{})
		wantShowCancelled(t, err)
	})

	t.Run("returns a show that the caller may change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh := stores.addShowOnSale(t)
		for range 3 {
			got, err := shows.Get(t.Context(), sh.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "show", got.Snapshot(), sh.Snapshot())
			testkit.WantEqual(t, "number of events", len(got.Events()), 0)
			testkit.Must(t, got.Cancel(noon))
		}
	})

	t.Run("serves concurrent callers", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh := stores.addShowOnSale(t)
		testkit.RunConcurrently(20, func(int) {
			got, err := shows.Get(t.Context(), sh.ID())
			if err != nil || got.ID() != sh.ID() {
				t.Errorf("got show %v, error %v, want show %s", got, err, sh.ID())
			}
		})
	})

	t.Run("fails if the context is already cancelled, and returns the show on the next call", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := newShowsOnSale(stores.Shows)
		sh := stores.addShowOnSale(t)
		for range 2 {
			_, err := shows.Get(testkit.CancelledContext(t), sh.ID())
			testkit.WantError(t, err, context.Canceled)
			_, err = shows.Get(t.Context(), sh.ID())
			testkit.Must(t, err)
		}
	})
}

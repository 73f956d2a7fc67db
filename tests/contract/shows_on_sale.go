package contract

import (
	"context"
	"slices"
	"testing"

	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// RunShowsOnSale holds what finds shows in a store to outbound.ShowsOnSale.
func RunShowsOnSale(t *testing.T, open NewStores, in func(outbound.Shows) outbound.ShowsOnSale) {
	t.Run("finds a show as it is stored, again and again", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh, other := stores.showOnSale(t), stores.showOnSale(t)
		for range 2 {
			for _, want := range []*show.Show{sh, other} {
				got, err := shows.Get(t.Context(), want.ID())
				must(t, err)
				wantEqual(t, "show", got.Snapshot(), want.Snapshot())
				wantEqual(t, "seats", slices.Collect(got.Plan().Seats()), slices.Collect(want.Plan().Seats()))
			}
		}
	})

	t.Run("sees at once that a show is there, and that it is on sale", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh := newDraft(t, theGlobe, hamlet())
		_, err := shows.Get(t.Context(), sh.ID())
		wantError(t, err, ports.ErrNotFound)

		must(t, stores.Shows.Add(t.Context(), sh))
		got, err := shows.Get(t.Context(), sh.ID())
		must(t, err)
		wantEqual(t, "status", got.Status(), show.StatusDraft)

		_, err = stores.Shows.Update(t.Context(), sh.ID(), opened)
		must(t, err)
		got, err = shows.Get(t.Context(), sh.ID())
		must(t, err)
		wantEqual(t, "status", got.Status(), show.StatusOnSale)
	})

	t.Run("leaves it to the store that a show was called off", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh := stores.showOnSale(t)
		remembered, err := shows.Get(t.Context(), sh.ID())
		must(t, err)
		stores.callOff(t, sh.ID())
		_, err = stores.Bookings.Add(t.Context(), newHold(t, remembered, "ann", "A-1"), newKey())
		wantCalledOff(t, err)
	})

	t.Run("returns a show that the caller may change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh := stores.showOnSale(t)
		for range 3 {
			got, err := shows.Get(t.Context(), sh.ID())
			must(t, err)
			wantEqual(t, "show", got.Snapshot(), sh.Snapshot())
			wantEqual(t, "number of events", len(got.Events()), 0)
			must(t, got.Cancel(noon))
		}
	})

	t.Run("serves many at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh := stores.showOnSale(t)
		atOnce(20, func(int) {
			got, err := shows.Get(t.Context(), sh.ID())
			if err != nil || got.ID() != sh.ID() {
				t.Errorf("got %v, %v", got, err)
			}
		})
	})

	t.Run("stops when the caller is gone", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		shows := in(stores.Shows)
		sh := stores.showOnSale(t)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 {
			_, err := shows.Get(gone, sh.ID())
			wantError(t, err, context.Canceled)
			_, err = shows.Get(t.Context(), sh.ID())
			must(t, err)
		}
	})
}

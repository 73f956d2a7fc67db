package boxoffice

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/tests/testkit"
)

// RunSeatMaps checks an [outbound.SeatMaps].
func RunSeatMaps(t *testing.T, open OpenStores) {
	t.Run("returns every seat of a show, row by row", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		spec := hamlet()
		spec.Rows = []show.Row{{Name: "B", Seats: 2, Tier: "balcony"}, {Name: "A", Seats: 1, Tier: "stalls"}}
		draft := newDraft(t, globeStaff, spec)
		testkit.Must(t, stores.Shows.Add(t.Context(), draft))

		for range 2 { // a cache may answer the second time
			got, err := stores.SeatMaps.Get(t.Context(), draft.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "show", got.Show.Snapshot(), draft.Snapshot())
			testkit.WantEqual(t, "seats", got.Seats, []booking.MapSeat{
				{Seat: show.Seat{Label: "B-1", Tier: "balcony", Price: euros(2000)}, Status: booking.SeatFree},
				{Seat: show.Seat{Label: "B-2", Tier: "balcony", Price: euros(2000)}, Status: booking.SeatFree},
				{Seat: show.Seat{Label: "A-1", Tier: "stalls", Price: euros(4500)}, Status: booking.SeatFree},
			})
		}
	})

	t.Run("reflects the changes of a booking", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, other := stores.addShowOnSale(t), stores.addShowOnSale(t)
		stores.addBooking(t, other, "A-9")
		b := stores.addBooking(t, sh, "A-1", "B-2")
		is := func(status string) map[show.Label]string {
			return map[show.Label]string{"A-1": status, "B-2": status}
		}
		stores.waitForClaims(t, "held", sh.ID(), is("held"))
		stores.updateBooking(t, b.ID(), requestPayment)
		stores.waitForClaims(t, "paying", sh.ID(), is("held"))
		stores.updateBooking(t, b.ID(), declinePayment)
		stores.waitForClaims(t, "declined", sh.ID(), is("held"))
		stores.updateBooking(t, b.ID(), confirmPayment)
		stores.waitForClaims(t, "confirmed", sh.ID(), is("sold"))
		stores.updateBooking(t, b.ID(), cancelBooking)
		stores.waitForClaims(t, "cancelled", sh.ID(), nil)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-1").ID(), expireHold)
		stores.waitForClaims(t, "expired", sh.ID(), nil)
		stores.waitForClaims(t, "the other show", other.ID(), map[show.Label]string{"A-9": "held"})
	})

	t.Run("returns the status of the show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.addBooking(t, sh, "A-1")
		stores.cancelShow(t, sh.ID())
		got, err := stores.SeatMaps.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "status of the show", got.Show.Status(), show.StatusCancelled)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
	})

	t.Run("returns ErrNotFound for an unknown show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		stores.addShowOnSale(t)
		_, err := stores.SeatMaps.Get(t.Context(), show.ID(newID()))
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	t.Run("returns an error if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		_, err := stores.SeatMaps.Get(testkit.CancelledContext(t), sh.ID())
		testkit.WantError(t, err, context.Canceled)
	})
}

// waitForClaims waits until the seat map shows the claims, because a cached map may be
// returned first.
func (s Stores) waitForClaims(t *testing.T, what string, id show.ID, want map[show.Label]string) {
	t.Helper()
	testkit.Eventually(t, fmt.Sprintf("%s: want the claims %v", what, want), func() bool {
		return maps.Equal(s.claims(t, id), want)
	})
}

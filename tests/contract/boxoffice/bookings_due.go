package boxoffice

import (
	"testing"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

func runDue(t *testing.T, open OpenStores) {
	at := noon.Add(holdFor)

	t.Run("names holds that have lapsed", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		first, second := stores.held(t, sh, "A-1").ID(), stores.held(t, sh, "A-2").ID()
		stores.change(t, stores.held(t, sh, "A-3").ID(), paying)
		stores.change(t, stores.held(t, sh, "A-4").ID(), confirmed)
		stores.change(t, stores.held(t, sh, "A-5").ID(), cancelled)
		stores.change(t, stores.held(t, sh, "A-6").ID(), lapsed)
		back := stores.change(t, stores.held(t, sh, "A-7").ID(), paying).ID()
		stores.change(t, back, declined)

		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.In(kolkata)}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.Add(-time.Microsecond).In(kolkata)}, nil)
		stores.wantDue(t, outbound.DueFilter{LapsedAt: curtain}, []booking.ID{first, second, back})
	})

	t.Run("names payments that are not decided", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		since := noon.Add(time.Minute)
		first := stores.change(t, stores.held(t, sh, "A-1").ID(), paying).ID()
		stores.held(t, sh, "A-2")
		stores.change(t, stores.held(t, sh, "A-3").ID(), confirmed)
		back := stores.change(t, stores.held(t, sh, "A-4").ID(), paying).ID()
		stores.change(t, back, declined)
		again := stores.change(t, stores.held(t, sh, "A-5").ID(), paying).ID()
		stores.change(t, again, declined)
		stores.change(t, again, func(b *booking.Booking) error { return b.RequestPayment("tok_ok", since.Add(time.Minute)) })

		stores.wantDue(t, outbound.DueFilter{PayingSince: since.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.DueFilter{PayingSince: since}, []booking.ID{first})
		stores.wantDue(t, outbound.DueFilter{PayingSince: since.In(kolkata)}, []booking.ID{first})
		stores.wantDue(t, outbound.DueFilter{PayingSince: curtain}, []booking.ID{first, again})
	})

	t.Run("names bookings of shows that were called off", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, onSale := stores.showOnSale(t), stores.showOnSale(t)
		stores.held(t, onSale, "A-1")
		held := stores.held(t, sh, "A-1").ID()
		sold := stores.change(t, stores.held(t, sh, "A-2").ID(), confirmed).ID()
		decided := stores.change(t, stores.held(t, sh, "A-3").ID(), paying).ID()
		stores.change(t, stores.held(t, sh, "A-4").ID(), cancelled)
		stores.change(t, stores.held(t, sh, "A-5").ID(), lapsed)

		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, nil)
		stores.callOff(t, sh.ID())
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, sold})
		stores.change(t, decided, declined)
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, sold, decided})
		stores.change(t, sold, func(b *booking.Booking) error { return b.CancelByShow(noon) })
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, decided})
	})

	t.Run("names nothing when nothing is asked for", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		stores.held(t, sh, "A-1")
		stores.change(t, stores.held(t, sh, "A-2").ID(), paying)
		stores.callOff(t, sh.ID())
		stores.wantDue(t, outbound.DueFilter{}, nil)
	})

	t.Run("comes page by page, the oldest first", func(t *testing.T) {
		t.Parallel()
		for name, page := range map[string]struct {
			change func(*booking.Booking) error
			due    outbound.DueFilter
		}{
			"lapsed":     {func(*booking.Booking) error { return nil }, outbound.DueFilter{LapsedAt: curtain}},
			"paying":     {paying, outbound.DueFilter{PayingSince: curtain}},
			"called off": {confirmed, outbound.DueFilter{OfCancelledShows: true}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.showOnSale(t)
				made := []*booking.Booking{
					newHold(t, sh, "ann", "A-1"), newHold(t, sh, "bob", "A-2"), newHold(t, sh, "cid", "A-3"),
					newHold(t, sh, "dan", "A-4"), newHold(t, sh, "eve", "A-5"),
				}
				ids := make([]booking.ID, len(made))
				for _, i := range []int{3, 0, 4, 1, 2} {
					_, err := stores.Bookings.Add(t.Context(), made[i], newKey())
					testkit.Must(t, err)
					ids[i] = made[i].ID()
					stores.change(t, ids[i], page.change)
				}
				stores.callOff(t, sh.ID())

				after := booking.ID("")
				for _, want := range [][]booking.ID{ids[:2], ids[2:4], ids[4:], nil} {
					got, err := stores.Bookings.ListDue(t.Context(), page.due, after, 2)
					testkit.Must(t, err)
					testkit.WantEqual(t, "page after "+string(after), got, want)
					if len(got) > 0 {
						after = got[len(got)-1]
					}
				}
			})
		}
	})
}

func (s Stores) wantDue(t *testing.T, d outbound.DueFilter, want []booking.ID) {
	t.Helper()
	got, err := s.Bookings.ListDue(t.Context(), d, "", 100)
	testkit.Must(t, err)
	testkit.WantEqual(t, "due bookings", got, want)
}

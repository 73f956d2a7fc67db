package boxoffice

import (
	"testing"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

func runListDue(t *testing.T, open OpenStores) {
	at := noon.Add(holdFor)

	t.Run("returns bookings whose hold has lapsed", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		first, second := stores.addBooking(t, sh, "A-1").ID(), stores.addBooking(t, sh, "A-2").ID()
		stores.updateBooking(t, stores.addBooking(t, sh, "A-3").ID(), requestPayment)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-4").ID(), confirmPayment)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-5").ID(), cancelBooking)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-6").ID(), expireHold)
		back := stores.updateBooking(t, stores.addBooking(t, sh, "A-7").ID(), requestPayment).ID()
		stores.updateBooking(t, back, declinePayment)

		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.In(kolkata)}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.DueFilter{LapsedAt: at.Add(-time.Microsecond).In(kolkata)}, nil)
		stores.wantDue(t, outbound.DueFilter{LapsedAt: showStart}, []booking.ID{first, second, back})
	})

	t.Run("returns bookings whose payment has no outcome yet", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		since := noon.Add(time.Minute)
		first := stores.updateBooking(t, stores.addBooking(t, sh, "A-1").ID(), requestPayment).ID()
		stores.addBooking(t, sh, "A-2")
		stores.updateBooking(t, stores.addBooking(t, sh, "A-3").ID(), confirmPayment)
		back := stores.updateBooking(t, stores.addBooking(t, sh, "A-4").ID(), requestPayment).ID()
		stores.updateBooking(t, back, declinePayment)
		again := stores.updateBooking(t, stores.addBooking(t, sh, "A-5").ID(), requestPayment).ID()
		stores.updateBooking(t, again, declinePayment)
		stores.updateBooking(t, again, func(b *booking.Booking) error { return b.RequestPayment("tok_ok", since.Add(time.Minute)) })

		stores.wantDue(t, outbound.DueFilter{PayingSince: since.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.DueFilter{PayingSince: since}, []booking.ID{first})
		stores.wantDue(t, outbound.DueFilter{PayingSince: since.In(kolkata)}, []booking.ID{first})
		stores.wantDue(t, outbound.DueFilter{PayingSince: showStart}, []booking.ID{first, again})
	})

	t.Run("returns bookings of cancelled shows", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, onSale := stores.addShowOnSale(t), stores.addShowOnSale(t)
		stores.addBooking(t, onSale, "A-1")
		held := stores.addBooking(t, sh, "A-1").ID()
		sold := stores.updateBooking(t, stores.addBooking(t, sh, "A-2").ID(), confirmPayment).ID()
		decided := stores.updateBooking(t, stores.addBooking(t, sh, "A-3").ID(), requestPayment).ID()
		stores.updateBooking(t, stores.addBooking(t, sh, "A-4").ID(), cancelBooking)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-5").ID(), expireHold)

		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, nil)
		stores.cancelShow(t, sh.ID())
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, sold})
		stores.updateBooking(t, decided, declinePayment)
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, sold, decided})
		stores.updateBooking(t, sold, func(b *booking.Booking) error { return b.CancelByShow(noon) })
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{held, decided})
	})

	t.Run("returns nothing for an empty filter", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.addBooking(t, sh, "A-1")
		stores.updateBooking(t, stores.addBooking(t, sh, "A-2").ID(), requestPayment)
		stores.cancelShow(t, sh.ID())
		stores.wantDue(t, outbound.DueFilter{}, nil)
	})

	t.Run("returns the oldest first, page by page", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name   string
			change func(*booking.Booking) error
			filter outbound.DueFilter
		}{
			{"lapsed", func(*booking.Booking) error { return nil }, outbound.DueFilter{LapsedAt: showStart}},
			{"paying", requestPayment, outbound.DueFilter{PayingSince: showStart}},
			{"cancelled", confirmPayment, outbound.DueFilter{OfCancelledShows: true}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				made := []*booking.Booking{
					newBooking(t, sh, "ann", "A-1"), newBooking(t, sh, "bob", "A-2"), newBooking(t, sh, "cid", "A-3"),
					newBooking(t, sh, "dan", "A-4"), newBooking(t, sh, "eve", "A-5"),
				}
				ids := make([]booking.ID, len(made))
				for _, i := range []int{3, 0, 4, 1, 2} {
					_, err := stores.Bookings.Add(t.Context(), made[i], newKey(), booking.Limits{})
					testkit.Must(t, err)
					ids[i] = made[i].ID()
					stores.updateBooking(t, ids[i], tt.change)
				}
				stores.cancelShow(t, sh.ID())

				after := booking.ID("")
				for _, want := range [][]booking.ID{ids[:2], ids[2:4], ids[4:], nil} {
					got, err := stores.Bookings.ListDue(t.Context(), tt.filter, after, 2)
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

package boxoffice

import (
	"fmt"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
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

	t.Run("returns bookings of a cancelled show until none is live, however long that takes", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		paying := stores.updateBooking(t, stores.addBooking(t, sh, "A-1").ID(), requestPayment).ID()
		stores.cancelShow(t, sh.ID())
		wantWoundUp := func(want int) {
			t.Helper()
			got, err := stores.Shows.WindUp(t.Context(), showStart.AddDate(10, 0, 0))
			testkit.Must(t, err)
			testkit.WantEqual(t, "shows wound up", got, want)
		}
		wantWoundUp(0)
		stores.updateBooking(t, paying, func(b *booking.Booking) error {
			return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, showStart)
		})
		wantWoundUp(0)
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, []booking.ID{paying})
		stores.updateBooking(t, paying, func(b *booking.Booking) error { return b.CancelByShow(showStart) })
		wantWoundUp(1)
		stores.wantDue(t, outbound.DueFilter{OfCancelledShows: true}, nil)
	})

	t.Run("returns bookings of one cancelled show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, other := stores.addShowOnSale(t), stores.addShowOnSale(t)
		held := stores.addBooking(t, sh, "A-1").ID()
		sold := stores.updateBooking(t, stores.addBooking(t, sh, "A-2").ID(), confirmPayment).ID()
		stores.updateBooking(t, stores.addBooking(t, sh, "A-3").ID(), requestPayment)
		stores.updateBooking(t, stores.addBooking(t, sh, "A-4").ID(), expireHold)
		of := outbound.DueFilter{OfCancelledShow: sh.ID()}

		stores.addBooking(t, other, "A-1")
		stores.cancelShow(t, other.ID())
		stores.wantDue(t, of, nil)
		stores.cancelShow(t, sh.ID())
		stores.wantDue(t, of, []booking.ID{held, sold})
		stores.wantDue(t, outbound.DueFilter{OfCancelledShow: "unknown"}, nil)
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

	t.Run("returns bookings in order, page by page", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name   string
			change func(b *booking.Booking, at time.Time) error
			filter outbound.DueFilter
			want   []int // the bookings in order
		}{
			{
				"lapsed, by the end of the hold",
				func(*booking.Booking, time.Time) error { return nil },
				outbound.DueFilter{LapsedAt: showStart},
				[]int{1, 4, 2, 3, 0},
			},
			{
				"paying, by the start of the payment",
				func(b *booking.Booking, at time.Time) error { return b.RequestPayment("tok_ok", at) },
				outbound.DueFilter{PayingSince: showStart},
				[]int{1, 4, 2, 3, 0},
			},
			{
				"of cancelled shows, by show",
				func(b *booking.Booking, _ time.Time) error { return confirmPayment(b) },
				outbound.DueFilter{OfCancelledShows: true},
				[]int{0, 2, 4, 1, 3},
			},
			{
				"of one cancelled show",
				func(b *booking.Booking, _ time.Time) error { return confirmPayment(b) },
				outbound.DueFilter{OfCancelledShow: "the first"}, // the test sets its id
				[]int{0, 2, 4},
			},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				shows := []*show.Show{stores.addShowOnSale(t), stores.addShowOnSale(t)}
				made := make([]*booking.Booking, 5)
				at := make([]time.Time, len(made))
				for i, later := range []time.Duration{2 * time.Minute, 0, time.Minute, time.Minute, 0} {
					at[i] = noon.Add(later)
					who := actor.Person{ID: actor.ID(fmt.Sprint("customer ", i))}
					b, err := booking.Hold(booking.ID(newID()), shows[i%2], who, []show.Label{"A-1", "A-2", "A-3"}[i/2:i/2+1], at[i], holdFor)
					testkit.Must(t, err)
					made[i] = b
				}
				for _, i := range []int{3, 0, 4, 1, 2} {
					_, err := stores.Bookings.Add(t.Context(), made[i], newKey(), booking.Limits{})
					testkit.Must(t, err)
					stores.updateBooking(t, made[i].ID(), func(b *booking.Booking) error { return tt.change(b, at[i]) })
				}
				for _, sh := range shows {
					stores.cancelShow(t, sh.ID())
				}

				ids := func(indexes []int) (ids []booking.ID) {
					for _, i := range indexes {
						ids = append(ids, made[i].ID())
					}
					return ids
				}
				if tt.filter.OfCancelledShow != "" {
					tt.filter.OfCancelledShow = shows[0].ID()
				}
				var after outbound.DueBooking
				for rest := tt.want; ; rest = rest[min(2, len(rest)):] {
					want := rest[:min(2, len(rest))]
					page, err := stores.Bookings.ListDue(t.Context(), tt.filter, after, 2)
					testkit.Must(t, err)
					testkit.WantEqual(t, "page after "+string(after.ID), idsOf(page), ids(want))
					if len(page) == 0 {
						break
					}
					after = page[len(page)-1]
				}
			})
		}
	})
}

func (s Stores) wantDue(t *testing.T, d outbound.DueFilter, want []booking.ID) {
	t.Helper()
	due, err := s.Bookings.ListDue(t.Context(), d, outbound.DueBooking{}, 100)
	testkit.Must(t, err)
	testkit.WantEqual(t, "due bookings", idsOf(due), want)
}

func idsOf(due []outbound.DueBooking) (ids []booking.ID) {
	for _, b := range due {
		ids = append(ids, b.ID)
	}
	return ids
}

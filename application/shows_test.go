package application_test

import (
	"testing"
	"time"

	"example.com/portico/application"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestCreateShow(t *testing.T) {
	t.Run("creates a draft for the organiser's theatre and records one event", func(t *testing.T) {
		h := newHarness(t)
		made := h.draft(t, hamlet())
		stored, err := h.Shows.Get(t.Context(), made.ID())
		must(t, err)
		wantEqual(t, "show", stored.Snapshot(), made.Snapshot())
		if made.Organisation() != "globe" || made.Status() != show.StatusDraft {
			t.Errorf("a show of %s that is %s, want a draft of globe", made.Organisation(), made.Status())
		}
		wantEqual(t, "events", types(h.drainOutbox(t), made.ID()), []string{"show.created"})
	})

	t.Run("refuses a draft over the limit of the organisation", func(t *testing.T) {
		h := newHarness(t)
		create := application.New(h.ports, application.Options{MaxDrafts: 2}).CreateShow
		h.draft(t, hamlet())
		opened := h.draft(t, hamlet())
		_, err := create.Handle(t.Context(), inbound.CreateShow{Actor: olga, Spec: hamlet()})
		wantError(t, err, show.ErrTooManyDrafts)
		mustHandle(t, h.OpenShow, inbound.OpenShow{Actor: olga, Show: opened.ID()})
		mustHandle(t, create, inbound.CreateShow{Actor: olga, Spec: hamlet()})
		mustHandle(t, create, inbound.CreateShow{Actor: otto, Spec: hamlet()}) // of another organisation
	})

	t.Run("does not store an invalid show", func(t *testing.T) {
		h := newHarness(t)
		spec := hamlet()
		spec.Title, spec.StartsAt = "", noon
		_, err := h.CreateShow.Handle(t.Context(), inbound.CreateShow{Actor: olga, Spec: spec})
		if refusal := wantErrorAs[*invalid.Error](t, err); len(refusal.Problems) != 2 {
			t.Errorf("problems %v, want the title and the start", refusal.Problems)
		}
		wantEqual(t, "what is stored", h.snapshotAll(t), snapshot{})
	})
}

func TestOpenAndCancelShow(t *testing.T) {
	t.Run("change a show once, however often they are called", func(t *testing.T) {
		h := newHarness(t)
		sh := h.draft(t, hamlet())
		for range 3 {
			mustHandle(t, h.OpenShow, inbound.OpenShow{Actor: olga, Show: sh.ID()})
		}
		for range 3 {
			mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
		}
		wantEqual(t, "events", types(h.drainOutbox(t), sh.ID()), []string{"show.created", "show.opened", "show.cancelled"})
	})

	t.Run("refuse a started show", func(t *testing.T) {
		h := newHarness(t)
		draft, onSale := h.draft(t, hamlet()), h.onSale(t, hamlet())
		h.clock.Advance(showStart.Sub(noon))
		_, err := h.OpenShow.Handle(t.Context(), inbound.OpenShow{Actor: olga, Show: draft.ID()})
		_ = wantErrorAs[*show.NotOnSaleError](t, err)
		_, err = h.CancelShow.Handle(t.Context(), inbound.CancelShow{Actor: olga, Show: onSale.ID()})
		_ = wantErrorAs[*show.NotOnSaleError](t, err)
	})
}

func TestListShows(t *testing.T) {
	h := newHarness(t)
	onSale := h.onSale(t, hamlet())
	draft := h.draft(t, hamlet())
	cancelled := h.onSale(t, hamlet())
	neverOpened := h.draft(t, hamlet())
	for _, sh := range []*show.Show{cancelled, neverOpened} {
		mustHandle(t, h.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
	}

	for _, seen := range []struct {
		name string
		by   []actor.Actor
		want []show.ID
	}{
		{"lists shows that were never on sale for their theatre", []actor.Actor{olga}, []show.ID{neverOpened.ID(), cancelled.ID(), draft.ID(), onSale.ID()}},
		{"lists only shows that are or were on sale for others", []actor.Actor{anonymous, ann, otto, dora, freelancer}, []show.ID{cancelled.ID(), onSale.ID()}},
	} {
		t.Run(seen.name, func(t *testing.T) {
			for _, who := range seen.by {
				page := mustHandle(t, h.ListShows, inbound.ListShows{Actor: who, Limit: ports.MaxPage})
				var got []show.ID
				for _, sh := range page.Items {
					got = append(got, sh.ID)
				}
				wantEqual(t, "shows", got, seen.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	t.Run("follow each other without a gap, and the last has no cursor", func(t *testing.T) {
		h := newHarness(t)
		sh := h.onSale(t, hamlet())
		var want []booking.ID // the newest first
		for _, seat := range row("A", 5) {
			want = append([]booking.ID{h.held(t, ann, sh, seat).ID()}, want...)
		}
		h.held(t, bob, sh, "B-1")
		for limit := 1; limit <= 6; limit++ {
			var got []booking.ID
			query := inbound.ListBookings{Actor: ann, Limit: limit}
			for pages := 1; ; pages++ {
				page := mustHandle(t, h.ListBookings, query)
				for _, one := range page.Items {
					got = append(got, one.ID())
				}
				if page.Next == "" {
					if full := (5 + limit - 1) / limit; pages != full {
						t.Errorf("%d pages of up to %d items, want %d", pages, limit, full)
					}
					break
				}
				query.After = booking.ID(page.Next)
			}
			wantEqual(t, "bookings", got, want)
		}
	})

	t.Run("contain the bookings of all customers when an organiser lists a show's bookings", func(t *testing.T) {
		h := newHarness(t)
		sh, other := h.onSale(t, hamlet()), h.onSale(t, hamlet())
		h.held(t, ann, sh, "A-1")
		h.held(t, bob, sh, "A-2")
		h.held(t, ann, other, "A-1")
		page := mustHandle(t, h.ListBookings, inbound.ListBookings{Actor: olga, Show: sh.ID(), Limit: 10})
		if len(page.Items) != 2 || page.Items[0].Customer() != "bob" || page.Items[1].Customer() != "ann" {
			t.Errorf("got %d bookings, want 2: bob's and ann's of that show", len(page.Items))
		}
	})

	t.Run("have a limit of 1 to 100 items", func(t *testing.T) {
		h := newHarness(t)
		for _, limit := range []int{-1, 0, ports.MaxPage + 1} {
			_, err := h.ListShows.Handle(t.Context(), inbound.ListShows{Limit: limit})
			_ = wantErrorAs[*invalid.Error](t, err)
			_, err = h.ListBookings.Handle(t.Context(), inbound.ListBookings{Actor: ann, Limit: limit})
			_ = wantErrorAs[*invalid.Error](t, err)
		}
	})
}

func TestGetSeatMap(t *testing.T) {
	h := newHarness(t)
	sh := h.onSale(t, hamlet())
	seats := func() (taken []string) {
		for _, s := range mustHandle(t, h.GetSeatMap, inbound.GetSeatMap{Actor: anonymous, Show: sh.ID()}).Seats {
			if s.Status != booking.SeatFree {
				taken = append(taken, string(s.Label)+" "+s.Status.String())
			}
		}
		return taken
	}
	wantEqual(t, "seats", seats(), nil)
	h.held(t, ann, sh, "A-1")
	h.paying(t, "tok_ok", sh, "A-2")
	sold := h.confirmed(t, sh, "A-3")
	wantEqual(t, "seats", seats(), []string{"A-1 held", "A-2 held", "A-3 sold"})

	mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: sold.ID()})
	h.clock.Advance(time.Hour)
	mustHandle(t, h.ExpireHolds, inbound.ExpireHolds{})
	wantEqual(t, "seats", seats(), []string{"A-2 held"})
}

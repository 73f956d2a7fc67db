package contract

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// RunBookings holds a store to outbound.Bookings.
func RunBookings(t *testing.T, open NewStores) {
	t.Run("gives back a booking as it was added", func(t *testing.T) {
		t.Parallel()
		for name, customer := range map[string]actor.Customer{
			"with an email address":    {ID: "ann", Email: "ann@example.com"},
			"without an email address": {ID: "ann"},
			"in other scripts":         {ID: `Ἄννα "%_\" 🎭`, Email: "ännä@exämple.com"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.showOnSale(t)
				labels := []show.Label{"B-12", "A-2", "A-10"}
				added, err := booking.Hold(booking.ID(newID()), sh, customer, labels, noon, holdFor)
				must(t, err)
				key := newKey()
				made, err := stores.Bookings.Add(t.Context(), added, key)
				must(t, err)
				wantEqual(t, "made booking", made.Snapshot(), added.Snapshot())
				stores.wantBooking(t, added)
				byKey, err := stores.Bookings.ByKey(t.Context(), customer.ID, key)
				must(t, err)
				wantEqual(t, "booking by key", byKey.Snapshot(), added.Snapshot())
			})
		}
	})

	t.Run("gives back times in UTC, whatever zone they came in", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		local := noon.In(kolkata)
		b, err := booking.Hold(booking.ID(newID()), sh, actor.Customer{ID: "ann"}, []show.Label{"A-1"}, local, holdFor)
		must(t, err)
		_, err = stores.Bookings.Add(t.Context(), b, newKey())
		must(t, err)
		stores.change(t, b.ID(), func(b *booking.Booking) error { return b.RequestPayment("tok_ok", local) })

		got, err := stores.Bookings.Get(t.Context(), b.ID())
		must(t, err)
		wantEqual(t, "creation", got.CreatedAt(), noon)
		wantEqual(t, "end of the hold", got.HeldUntil(), noon.Add(holdFor))
		wantEqual(t, "start of the payment", got.PayingSince(), noon)
		for _, e := range stores.drain(t) {
			wantEqual(t, "time of "+e.Type, e.OccurredAt, noon)
		}
	})

	t.Run("gives back a booking as it was changed, with the events", func(t *testing.T) {
		t.Parallel()
		for name, changes := range map[string][]func(*booking.Booking) error{
			"paying":                      {paying},
			"declined":                    {paying, declined},
			"declined and paying again":   {paying, declined, paying},
			"declined after the hold":     {paying, declinedLate},
			"expired":                     {lapsed},
			"cancelled before a payment":  {cancelled},
			"confirmed":                   {confirmed},
			"ticketed":                    {confirmed, ticketed},
			"confirmed after a decline":   {paying, declined, confirmed},
			"cancelled after the payment": {confirmed, cancelled},
			"refunded":                    {confirmed, cancelled, refunded},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.showOnSale(t)
				b, err := booking.Rehydrate(stores.held(t, sh, "A-1", "B-1").Snapshot())
				must(t, err)
				stores.drain(t)
				ctx := outbound.WithCorrelationID(t.Context(), "request 1")
				for _, change := range changes {
					must(t, change(b))
					updated, err := stores.Bookings.Update(ctx, b.ID(), change)
					must(t, err)
					wantEqual(t, "updated booking", updated.Snapshot(), b.Snapshot())
				}
				stores.wantBooking(t, b)
				var want []outbound.Event
				for _, e := range b.Events() {
					want = append(want, envelope(string(b.ID()), "request 1", e))
				}
				wantEvents(t, stores.drain(t), want...)
			})
		}
	})

	t.Run("stores the event of a hold whole", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		stores.drain(t)
		ctx := outbound.WithCorrelationID(t.Context(), "request 1")
		b, err := stores.Bookings.Add(ctx, newHold(t, sh, "ann", "B-12", "A-2"), newKey())
		must(t, err)
		wantEvents(t, stores.drain(t), envelope(string(b.ID()), "request 1", booking.SeatsHeld{
			Booking: b.ID(), Show: sh.ID(), Customer: "ann", Seats: []show.Label{"B-12", "A-2"},
			Total: euros(6500), HeldUntil: noon.Add(holdFor), At: noon,
		}))
	})

	t.Run("does not find what is not there", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		key := newKey()
		_, err := stores.Bookings.Add(t.Context(), newHold(t, stores.showOnSale(t), "ann", "A-1"), key)
		must(t, err)
		_, err = stores.Bookings.Get(t.Context(), booking.ID(newID()))
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", newKey())
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "bob", key)
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.Update(t.Context(), booking.ID(newID()), func(*booking.Booking) error {
			t.Error("the change was run")
			return nil
		})
		wantError(t, err, outbound.ErrNotFound)
	})

	t.Run("changes nothing when the change fails or panics", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.held(t, stores.showOnSale(t), "A-1")
		stores.drain(t)

		failure := errors.New("no")
		_, err := stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
			must(t, cancelled(b))
			return failure
		})
		wantError(t, err, failure)
		wantPanic(t, "no", func() {
			_, _ = stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
				must(t, cancelled(b))
				panic("no")
			})
		})
		stores.wantBooking(t, b)
		wantEqual(t, "claims", stores.claims(t, b.Show()), map[show.Label]string{"A-1": "held"})
		wantEvents(t, stores.drain(t))
	})

	t.Run("shares nothing with its callers", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		key := newKey()
		added := newHold(t, stores.showOnSale(t), "ann", "A-1")
		stored := added.Snapshot()
		made, err := stores.Bookings.Add(t.Context(), added, key)
		must(t, err)
		again, err := stores.Bookings.Add(t.Context(), added, key)
		must(t, err)
		got, err := stores.Bookings.Get(t.Context(), added.ID())
		must(t, err)
		byKey, err := stores.Bookings.ByKey(t.Context(), "ann", key)
		must(t, err)
		page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Limit: 1})
		must(t, err)
		var leaked *booking.Booking
		updated := stores.change(t, added.ID(), func(b *booking.Booking) error {
			leaked = b
			return nil
		})
		stores.drain(t)

		for _, mine := range []*booking.Booking{added, made, again, got, byKey, page[0], leaked, updated} {
			_ = mine.Cancel(curtain, noon)
			now, err := stores.Bookings.Get(t.Context(), added.ID())
			must(t, err)
			wantEqual(t, "booking", now.Snapshot(), stored)
		}
		wantEvents(t, stores.drain(t))
	})

	t.Run("loses no change among many at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.held(t, stores.showOnSale(t), "A-1")
		atOnce(20, func(int) {
			_, err := stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
				return errors.Join(paying(b), declined(b))
			})
			if err != nil {
				t.Error(err)
			}
		})
		got, err := stores.Bookings.Get(t.Context(), b.ID())
		must(t, err)
		wantEqual(t, "attempts", got.Attempt(), 20)
		wantEqual(t, "events", len(types(stores.drain(t), string(b.ID()))), 1+2*20)
	})

	t.Run("lists", func(t *testing.T) { runBookingLists(t, open) })
	t.Run("claims", func(t *testing.T) { runClaims(t, open) })
	t.Run("keys", func(t *testing.T) { runKeys(t, open) })
	t.Run("due", func(t *testing.T) { runDue(t, open) })

	t.Run("does nothing for a context that has ended", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		b, key := stores.held(t, sh, "A-1"), newKey()
		stores.drain(t)

		other := newHold(t, sh, "ann", "A-2")
		_, err := stores.Bookings.Add(stopped(t), other, key)
		wantError(t, err, context.Canceled)
		_, err = stores.Bookings.Get(stopped(t), b.ID())
		wantError(t, err, context.Canceled)
		_, err = stores.Bookings.ByKey(stopped(t), "ann", key)
		wantError(t, err, context.Canceled)
		_, err = stores.Bookings.Update(stopped(t), b.ID(), cancelled)
		wantError(t, err, context.Canceled)
		_, err = stores.Bookings.List(stopped(t), outbound.BookingQuery{Limit: 1})
		wantError(t, err, context.Canceled)
		_, err = stores.Bookings.Due(stopped(t), outbound.Due{LapsedAt: curtain}, "", 1)
		wantError(t, err, context.Canceled)

		_, err = stores.Bookings.Get(t.Context(), other.ID())
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", key)
		wantError(t, err, outbound.ErrNotFound)
		stores.wantBooking(t, b)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
		wantEvents(t, stores.drain(t))
	})
}

func runBookingLists(t *testing.T, open NewStores) {
	t.Run("the newest first, by customer, by show and by both", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		hamlet, macbeth := stores.showOnSale(t), stores.showOnSale(t)
		made := []*booking.Booking{
			newHold(t, hamlet, "ann", "A-1"),
			newHold(t, hamlet, "bob", "A-2"),
			newHold(t, macbeth, "ann", "A-1"),
			newHold(t, hamlet, "ann", "A-3"),
			newHold(t, hamlet, "ann", "A-4"),
		}
		ids := make([]booking.ID, len(made))
		for _, i := range []int{3, 0, 4, 1, 2} {
			_, err := stores.Bookings.Add(t.Context(), made[i], newKey())
			must(t, err)
			ids[i] = made[i].ID()
		}
		stores.change(t, ids[0], cancelled)

		for what, list := range map[string]struct {
			query outbound.BookingQuery
			want  []booking.ID
		}{
			"any":                   {outbound.BookingQuery{Limit: 10}, []booking.ID{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			"Ann's":                 {outbound.BookingQuery{Customer: "ann", Limit: 10}, []booking.ID{ids[4], ids[3], ids[2], ids[0]}},
			"Hamlet's":              {outbound.BookingQuery{Show: hamlet.ID(), Limit: 10}, []booking.ID{ids[4], ids[3], ids[1], ids[0]}},
			"Ann's of Macbeth":      {outbound.BookingQuery{Customer: "ann", Show: macbeth.ID(), Limit: 10}, []booking.ID{ids[2]}},
			"Bob's of Macbeth":      {outbound.BookingQuery{Customer: "bob", Show: macbeth.ID(), Limit: 10}, nil},
			"Ann's first page":      {outbound.BookingQuery{Customer: "ann", Limit: 2}, []booking.ID{ids[4], ids[3]}},
			"Ann's second page":     {outbound.BookingQuery{Customer: "ann", After: ids[3], Limit: 2}, []booking.ID{ids[2], ids[0]}},
			"Ann's third page":      {outbound.BookingQuery{Customer: "ann", After: ids[0], Limit: 2}, nil},
			"Hamlet's second page":  {outbound.BookingQuery{Show: hamlet.ID(), After: ids[4], Limit: 2}, []booking.ID{ids[3], ids[1]}},
			"a page of any":         {outbound.BookingQuery{After: ids[4], Limit: 2}, []booking.ID{ids[3], ids[2]}},
			"Ann's second of both":  {outbound.BookingQuery{Customer: "ann", Show: hamlet.ID(), After: ids[4], Limit: 1}, []booking.ID{ids[3]}},
			"those of nobody known": {outbound.BookingQuery{Customer: "eve", Limit: 10}, nil},
		} {
			page, err := stores.Bookings.List(t.Context(), list.query)
			must(t, err)
			var got []booking.ID
			for _, b := range page {
				got = append(got, b.ID())
			}
			wantEqual(t, what, got, list.want)
		}
	})

	t.Run("bookings whole", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.held(t, stores.showOnSale(t), "B-1", "A-1")
		b = stores.change(t, b.ID(), confirmed)
		page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Limit: 1})
		must(t, err)
		if len(page) != 1 {
			t.Fatalf("%d bookings, want 1", len(page))
		}
		wantEqual(t, "booking", page[0].Snapshot(), b.Snapshot())
	})
}

func runClaims(t *testing.T, open NewStores) {
	t.Run("refuses seats that are taken and names them in the order asked", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		stores.held(t, sh, "A-1", "A-10")
		stores.change(t, stores.held(t, sh, "A-2").ID(), paying)
		stores.change(t, stores.held(t, sh, "B-3").ID(), confirmed)
		stores.drain(t)

		late, key := newHold(t, sh, "bob", "B-3", "A-9", "A-10", "A-2", "B-1", "A-1"), newKey()
		_, err := stores.Bookings.Add(t.Context(), late, key)
		wantTaken(t, err, "B-3", "A-10", "A-2", "A-1")

		_, err = stores.Bookings.Get(t.Context(), late.ID())
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "bob", key)
		wantError(t, err, outbound.ErrNotFound)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{
			"A-1": "held", "A-10": "held", "A-2": "held", "B-3": "sold",
		})
		wantEvents(t, stores.drain(t))
	})

	t.Run("lets a key be used again after it made nothing", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		stores.held(t, sh, "A-1")
		key := newKey()
		_, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "bob", "A-1"), key)
		wantTaken(t, err, "A-1")
		other := newHold(t, sh, "bob", "A-2")
		made, err := stores.Bookings.Add(t.Context(), other, key)
		must(t, err)
		wantEqual(t, "booking", made.ID(), other.ID())
	})

	t.Run("lets the same seat of another show be taken", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		stores.held(t, stores.showOnSale(t), "A-1")
		stores.held(t, stores.showOnSale(t), "A-1")
	})

	t.Run("keeps the seats of a booking that goes on and frees those of one that ends", func(t *testing.T) {
		t.Parallel()
		for name, course := range map[string]struct {
			changes []func(*booking.Booking) error
			free    bool
		}{
			"held":                      {nil, false},
			"paying":                    {[]func(*booking.Booking) error{paying}, false},
			"declined":                  {[]func(*booking.Booking) error{paying, declined}, false},
			"confirmed":                 {[]func(*booking.Booking) error{confirmed}, false},
			"expired":                   {[]func(*booking.Booking) error{lapsed}, true},
			"declined after the hold":   {[]func(*booking.Booking) error{paying, declinedLate}, true},
			"cancelled":                 {[]func(*booking.Booking) error{cancelled}, true},
			"cancelled after a payment": {[]func(*booking.Booking) error{confirmed, cancelled}, true},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.showOnSale(t)
				first := stores.held(t, sh, "A-1", "A-2")
				for _, change := range course.changes {
					stores.change(t, first.ID(), change)
				}
				next := newHold(t, sh, "bob", "A-3", "A-2", "A-1")
				_, err := stores.Bookings.Add(t.Context(), next, newKey())
				if !course.free {
					wantTaken(t, err, "A-2", "A-1")
					return
				}
				must(t, err)
				wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held", "A-3": "held"})

				if first, err = stores.Bookings.Get(t.Context(), first.ID()); err != nil {
					t.Fatal(err)
				}
				if first.Refund() == booking.RefundDue {
					stores.change(t, first.ID(), refunded)
				}
				wantEqual(t, "claims after the first booking's end", len(stores.claims(t, sh.ID())), 3)
			})
		}
	})

	t.Run("refuses a show that is not there", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := newHold(t, newShowOnSale(t), "ann", "A-1")
		_, err := stores.Bookings.Add(t.Context(), b, newKey())
		wantError(t, err, outbound.ErrNotFound)
		_, err = stores.Bookings.Get(t.Context(), b.ID())
		wantError(t, err, outbound.ErrNotFound)
		wantEvents(t, stores.drain(t))
	})

	t.Run("refuses a show that was called off meanwhile", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		b := newHold(t, sh, "ann", "A-1")
		stores.callOff(t, sh.ID())
		stores.drain(t)
		_, err := stores.Bookings.Add(t.Context(), b, newKey())
		wantCalledOff(t, err)
		_, err = stores.Bookings.Get(t.Context(), b.ID())
		wantError(t, err, outbound.ErrNotFound)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		wantEvents(t, stores.drain(t))
	})

	t.Run("has one winner when many want a seat", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			sh := stores.showOnSale(t)
			wanted := make([]*booking.Booking, 20)
			for i := range wanted {
				wanted[i] = newHold(t, sh, actor.ID("customer "+newID()), "A-1")
			}
			errs := make([]error, len(wanted))
			atOnce(len(wanted), func(i int) { _, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey()) })

			wantEqual(t, "winners", count(errs), 1)
			for i, err := range errs {
				if err == nil {
					stores.wantBooking(t, wanted[i])
					continue
				}
				wantTaken(t, err, "A-1")
				_, err = stores.Bookings.Get(t.Context(), wanted[i].ID())
				wantError(t, err, outbound.ErrNotFound)
			}
			wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
		})
		holds := 0
		for _, e := range stores.drain(t) {
			if e.Type == "booking.held" {
				holds++
			}
		}
		wantEqual(t, "events of holds in 20 rounds", holds, 20)
	})

	t.Run("gives overlapping seats to one booking whole", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			sh := stores.showOnSale(t)
			wanted := []*booking.Booking{
				newHold(t, sh, "ann", "A-1", "A-2", "A-3"),
				newHold(t, sh, "bob", "A-3", "A-2", "A-1"),
				newHold(t, sh, "cid", "A-2", "A-4"),
				newHold(t, sh, "dan", "A-4", "A-3"),
			}
			errs := make([]error, len(wanted))
			atOnce(len(wanted), func(i int) { _, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey()) })
			claimed := map[show.Label]string{}
			for i, err := range errs {
				if err != nil {
					if taken := (*outbound.SeatsTaken)(nil); !errors.As(err, &taken) {
						t.Errorf("error %v, want seats taken", err)
					}
					continue
				}
				for _, l := range wanted[i].Labels() {
					if claimed[l] != "" {
						t.Errorf("seat %s was given twice", l)
					}
					claimed[l] = "held"
				}
			}
			if len(claimed) == 0 {
				t.Error("nobody got a seat")
			}
			wantEqual(t, "claims", stores.claims(t, sh.ID()), claimed)
		})
	})

	t.Run("leaves no booking behind when a show is called off at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			sh := stores.showOnSale(t)
			wanted := []*booking.Booking{
				newHold(t, sh, "ann", "A-1"), newHold(t, sh, "bob", "A-2"), newHold(t, sh, "cid", "A-3"), newHold(t, sh, "dan", "A-4"),
			}
			errs := make([]error, len(wanted))
			atOnce(len(wanted)+1, func(i int) {
				if i == len(wanted) {
					if _, err := stores.Shows.Update(t.Context(), sh.ID(), calledOff); err != nil {
						t.Error(err)
					}
					return
				}
				_, errs[i] = stores.Bookings.Add(t.Context(), wanted[i], newKey())
			})
			due, err := stores.Bookings.Due(t.Context(), outbound.Due{CalledOff: true}, "", 1000)
			must(t, err)
			for i, err := range errs {
				if err != nil {
					wantCalledOff(t, err)
				}
				if held := err == nil; slices.Contains(due, wanted[i].ID()) != held {
					t.Errorf("made: %t; due for withdrawal: %t", held, !held)
				}
			}
		})
	})
}

func runKeys(t *testing.T, open NewStores) {
	t.Run("gives the first booking again for the same request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1", "A-2"), key)
		must(t, err)
		first = stores.change(t, first.ID(), paying)
		stores.drain(t)

		for _, labels := range [][]show.Label{{"A-1", "A-2"}, {"A-2", "A-1"}} {
			again, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", labels...), key)
			must(t, err)
			wantEqual(t, "booking", again.Snapshot(), first.Snapshot())
		}
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held"})
		wantEvents(t, stores.drain(t))
	})

	t.Run("gives the first booking again whatever has become of it and its show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1"), key)
		must(t, err)
		first = stores.change(t, first.ID(), cancelled)
		retried := newHold(t, sh, "ann", "A-1")

		again, err := stores.Bookings.Add(t.Context(), retried, key)
		must(t, err)
		wantEqual(t, "after it was cancelled", again.Snapshot(), first.Snapshot())
		wantEqual(t, "claims", stores.claims(t, sh.ID()), nil)

		stores.held(t, sh, "A-1")
		again, err = stores.Bookings.Add(t.Context(), retried, key)
		must(t, err)
		wantEqual(t, "after the seat was taken", again.Snapshot(), first.Snapshot())

		stores.callOff(t, sh.ID())
		again, err = stores.Bookings.Add(t.Context(), retried, key)
		must(t, err)
		wantEqual(t, "after the show was called off", again.Snapshot(), first.Snapshot())
	})

	t.Run("refuses a key that made another request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, other := stores.showOnSale(t), stores.showOnSale(t)
		key := newKey()
		first, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1", "A-2"), key)
		must(t, err)
		stores.drain(t)

		for what, b := range map[string]*booking.Booking{
			"fewer seats":  newHold(t, sh, "ann", "A-1"),
			"more seats":   newHold(t, sh, "ann", "A-1", "A-2", "A-3"),
			"other seats":  newHold(t, sh, "ann", "A-1", "A-3"),
			"another show": newHold(t, other, "ann", "A-1", "A-2"),
		} {
			_, err := stores.Bookings.Add(t.Context(), b, key)
			if !errors.Is(err, outbound.ErrKeyReused) {
				t.Errorf("%s: error %v, want %v", what, err, outbound.ErrKeyReused)
			}
		}
		stores.wantBooking(t, first)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held", "A-2": "held"})
		wantEqual(t, "claims on the other show", stores.claims(t, other.ID()), nil)
		wantEvents(t, stores.drain(t))
	})

	t.Run("takes the same key of another customer for another request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		ann, bob, key := newHold(t, sh, "ann", "A-1"), newHold(t, sh, "bob", "A-2"), newKey()
		for _, b := range []*booking.Booking{ann, bob} {
			_, err := stores.Bookings.Add(t.Context(), b, key)
			must(t, err)
		}
		for customer, want := range map[actor.ID]*booking.Booking{"ann": ann, "bob": bob} {
			got, err := stores.Bookings.ByKey(t.Context(), customer, key)
			must(t, err)
			wantEqual(t, "booking of "+string(customer), got.Snapshot(), want.Snapshot())
		}
	})

	t.Run("makes one booking when a request comes twice at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			sh := stores.showOnSale(t)
			key := newKey()
			wanted := []*booking.Booking{newHold(t, sh, "ann", "A-1", "A-2"), newHold(t, sh, "ann", "A-2", "A-1"), newHold(t, sh, "ann", "A-1", "A-2")}
			made := make([]*booking.Booking, len(wanted))
			errs := make([]error, len(wanted))
			atOnce(len(wanted), func(i int) { made[i], errs[i] = stores.Bookings.Add(t.Context(), wanted[i], key) })
			must(t, errors.Join(errs...))
			wantEqual(t, "second answer", made[1].Snapshot(), made[0].Snapshot())
			wantEqual(t, "third answer", made[2].Snapshot(), made[0].Snapshot())

			page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Show: sh.ID(), Limit: 10})
			must(t, err)
			wantEqual(t, "bookings", len(page), 1)
		})
		holds := 0
		for _, e := range stores.drain(t) {
			if e.Type == "booking.held" {
				holds++
			}
		}
		wantEqual(t, "events of holds in 20 rounds", holds, 20)
	})
}

func runDue(t *testing.T, open NewStores) {
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

		stores.wantDue(t, outbound.Due{LapsedAt: at.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.Due{LapsedAt: at}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.Due{LapsedAt: at.In(kolkata)}, []booking.ID{first, second, back})
		stores.wantDue(t, outbound.Due{LapsedAt: at.Add(-time.Microsecond).In(kolkata)}, nil)
		stores.wantDue(t, outbound.Due{LapsedAt: curtain}, []booking.ID{first, second, back})
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

		stores.wantDue(t, outbound.Due{PayingSince: since.Add(-time.Microsecond)}, nil)
		stores.wantDue(t, outbound.Due{PayingSince: since}, []booking.ID{first})
		stores.wantDue(t, outbound.Due{PayingSince: since.In(kolkata)}, []booking.ID{first})
		stores.wantDue(t, outbound.Due{PayingSince: curtain}, []booking.ID{first, again})
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

		stores.wantDue(t, outbound.Due{CalledOff: true}, nil)
		stores.callOff(t, sh.ID())
		stores.wantDue(t, outbound.Due{CalledOff: true}, []booking.ID{held, sold})
		stores.change(t, decided, declined)
		stores.wantDue(t, outbound.Due{CalledOff: true}, []booking.ID{held, sold, decided})
		stores.change(t, sold, func(b *booking.Booking) error { return b.Withdraw(noon) })
		stores.wantDue(t, outbound.Due{CalledOff: true}, []booking.ID{held, decided})
	})

	t.Run("names nothing when nothing is asked for", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		stores.held(t, sh, "A-1")
		stores.change(t, stores.held(t, sh, "A-2").ID(), paying)
		stores.callOff(t, sh.ID())
		stores.wantDue(t, outbound.Due{}, nil)
	})

	t.Run("comes page by page, the oldest first", func(t *testing.T) {
		t.Parallel()
		for name, page := range map[string]struct {
			change func(*booking.Booking) error
			due    outbound.Due
		}{
			"lapsed":     {func(*booking.Booking) error { return nil }, outbound.Due{LapsedAt: curtain}},
			"paying":     {paying, outbound.Due{PayingSince: curtain}},
			"called off": {confirmed, outbound.Due{CalledOff: true}},
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
					must(t, err)
					ids[i] = made[i].ID()
					stores.change(t, ids[i], page.change)
				}
				stores.callOff(t, sh.ID())

				after := booking.ID("")
				for _, want := range [][]booking.ID{ids[:2], ids[2:4], ids[4:], nil} {
					got, err := stores.Bookings.Due(t.Context(), page.due, after, 2)
					must(t, err)
					wantEqual(t, "page after "+string(after), got, want)
					if len(got) > 0 {
						after = got[len(got)-1]
					}
				}
			})
		}
	})
}

// wantBooking looks the booking up and compares.
func (s Stores) wantBooking(t *testing.T, want *booking.Booking) {
	t.Helper()
	got, err := s.Bookings.Get(t.Context(), want.ID())
	must(t, err)
	wantEqual(t, "booking", got.Snapshot(), want.Snapshot())
}

func (s Stores) wantDue(t *testing.T, d outbound.Due, want []booking.ID) {
	t.Helper()
	got, err := s.Bookings.Due(t.Context(), d, "", 100)
	must(t, err)
	wantEqual(t, "due bookings", got, want)
}

func wantCalledOff(t *testing.T, err error) {
	t.Helper()
	var not *show.NotOnSale
	if !errors.As(err, &not) || not.Status != show.Cancelled {
		t.Errorf("error %v, want that the show is cancelled", err)
	}
}

func euros(cents int64) money.Money {
	eur, _ := money.ParseCurrency("EUR")
	m, _ := money.New(cents, eur)
	return m
}

// Further changes of a booking.

func declined(b *booking.Booking) error {
	return b.Decline(b.Attempt(), "card says “no” %_", noon.Add(2*time.Minute))
}

func declinedLate(b *booking.Booking) error { return b.Decline(b.Attempt(), "no", b.HeldUntil()) }

func ticketed(b *booking.Booking) error { return b.MarkTicketed(noon.Add(3 * time.Minute)) }

func refunded(b *booking.Booking) error { return b.MarkRefunded(noon.Add(4 * time.Minute)) }

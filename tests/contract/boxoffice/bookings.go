package boxoffice

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// RunBookings checks an [outbound.Bookings].
func RunBookings(t *testing.T, open OpenStores) {
	t.Run("returns the booking that was added", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name     string
			customer actor.Person
		}{
			{"of a customer with an email address", ann},
			{"of a customer without an email address", actor.Person{ID: "ann"}},
			{"of a customer whose id and address use other scripts", actor.Person{ID: `Ἄννα "%_\" 🎭`, Email: "ännä@exämple.com"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				labels := []show.Label{"B-12", "A-2", "A-10"}
				added, err := booking.Hold(booking.ID(newID()), sh, tt.customer, labels, noon, holdFor)
				testkit.Must(t, err)
				key := newKey()
				made, err := stores.Bookings.Add(t.Context(), added, key, booking.Limits{})
				testkit.Must(t, err)
				testkit.WantEqual(t, "returned booking", made.Snapshot(), added.Snapshot())
				stores.wantBooking(t, added)
				byKey, err := stores.Bookings.ByKey(t.Context(), tt.customer.ID, key)
				testkit.Must(t, err)
				testkit.WantEqual(t, "booking by key", byKey.Snapshot(), added.Snapshot())
			})
		}
	})

	t.Run("returns times in UTC even if the caller used another zone", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		local := noon.In(kolkata)
		b, err := booking.Hold(booking.ID(newID()), sh, actor.Person{ID: "ann"}, []show.Label{"A-1"}, local, holdFor)
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), b, newKey(), booking.Limits{})
		testkit.Must(t, err)
		stores.updateBooking(t, b.ID(), func(b *booking.Booking) error { return b.RequestPayment("tok_ok", local) })

		got, err := stores.Bookings.Get(t.Context(), b.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "creation", got.CreatedAt(), noon)
		testkit.WantEqual(t, "end of the hold", got.HeldUntil(), noon.Add(holdFor))
		testkit.WantEqual(t, "start of the payment", got.PayingSince(), noon)
		for _, e := range stores.relayAll(t) {
			testkit.WantEqual(t, "time of "+e.Type, e.OccurredAt, noon)
		}
	})

	t.Run("returns the updated booking and stores the events", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name    string
			changes []func(*booking.Booking) error
		}{
			{"paying", []func(*booking.Booking) error{requestPayment}},
			{"declined", []func(*booking.Booking) error{requestPayment, declinePayment}},
			{"declined and paying again", []func(*booking.Booking) error{requestPayment, declinePayment, requestPayment}},
			{"declined after the hold", []func(*booking.Booking) error{requestPayment, declineAfterHold}},
			{"expired", []func(*booking.Booking) error{expireHold}},
			{"cancelled before a payment", []func(*booking.Booking) error{cancelBooking}},
			{"confirmed", []func(*booking.Booking) error{confirmPayment}},
			{"ticketed", []func(*booking.Booking) error{confirmPayment, markTicketed}},
			{"confirmed after a decline", []func(*booking.Booking) error{requestPayment, declinePayment, confirmPayment}},
			{"cancelled after the payment", []func(*booking.Booking) error{confirmPayment, cancelBooking}},
			{"refunded", []func(*booking.Booking) error{confirmPayment, cancelBooking, markRefunded}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh := stores.addShowOnSale(t)
				b, err := booking.Rehydrate(stores.addBooking(t, sh, "A-1", "B-1").Snapshot())
				testkit.Must(t, err)
				stores.relayAll(t)
				ctx := ports.WithCorrelationID(t.Context(), "request 1")
				for _, change := range tt.changes {
					testkit.Must(t, change(b))
					updated, err := stores.Bookings.Update(ctx, b.ID(), change)
					testkit.Must(t, err)
					testkit.WantEqual(t, "updated booking", updated.Snapshot(), b.Snapshot())
				}
				stores.wantBooking(t, b)
				var want []platform.Event
				for _, e := range b.Events() {
					want = append(want, envelope(string(b.ID()), "request 1", e))
				}
				wantEvents(t, stores.relayAll(t), want...)
			})
		}
	})

	t.Run("stores the complete event of a hold", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.relayAll(t)
		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		b, err := stores.Bookings.Add(ctx, newBooking(t, sh, "ann", "B-12", "A-2"), newKey(), booking.Limits{})
		testkit.Must(t, err)
		wantEvents(t, stores.relayAll(t), envelope(string(b.ID()), "request 1", booking.SeatsHeld{
			Booking: b.ID(), Show: sh.ID(), Customer: "ann", Seats: []show.Label{"B-12", "A-2"},
			Total: euros(6500), HeldUntil: noon.Add(holdFor), At: noon,
		}))
	})

	t.Run("returns ErrNotFound for an unknown id, key or customer", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		key := newKey()
		_, err := stores.Bookings.Add(t.Context(), newBooking(t, stores.addShowOnSale(t), "ann", "A-1"), key, booking.Limits{})
		testkit.Must(t, err)
		_, err = stores.Bookings.Get(t.Context(), booking.ID(newID()))
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", newKey())
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "bob", key)
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.Update(t.Context(), booking.ID(newID()), func(*booking.Booking) error {
			t.Error("the change was run")
			return nil
		})
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	t.Run("changes nothing when the update function fails or panics", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.addBooking(t, stores.addShowOnSale(t), "A-1")
		stores.relayAll(t)

		failure := errors.New("no")
		_, err := stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
			testkit.Must(t, cancelBooking(b))
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantPanic(t, "no", func() {
			_, _ = stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
				testkit.Must(t, cancelBooking(b))
				panic("no")
			})
		})
		stores.wantBooking(t, b)
		testkit.WantEqual(t, "claims", stores.claims(t, b.Show()), map[show.Label]string{"A-1": "held"})
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("returns copies that the caller may change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		key := newKey()
		added := newBooking(t, stores.addShowOnSale(t), "ann", "A-1")
		stored := added.Snapshot()
		made, err := stores.Bookings.Add(t.Context(), added, key, booking.Limits{})
		testkit.Must(t, err)
		again, err := stores.Bookings.Add(t.Context(), added, key, booking.Limits{})
		testkit.Must(t, err)
		got, err := stores.Bookings.Get(t.Context(), added.ID())
		testkit.Must(t, err)
		byKey, err := stores.Bookings.ByKey(t.Context(), "ann", key)
		testkit.Must(t, err)
		page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Limit: 1})
		testkit.Must(t, err)
		var leaked *booking.Booking
		updated := stores.updateBooking(t, added.ID(), func(b *booking.Booking) error {
			leaked = b
			return nil
		})
		stores.relayAll(t)

		for _, mine := range []*booking.Booking{added, made, again, got, byKey, page[0], leaked, updated} {
			_ = mine.Cancel(showStart, noon)
			now, err := stores.Bookings.Get(t.Context(), added.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "booking", now.Snapshot(), stored)
		}
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("loses no concurrent changes", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.addBooking(t, stores.addShowOnSale(t), "A-1")
		testkit.RunConcurrently(booking.MaxAttempts, func(int) {
			_, err := stores.Bookings.Update(t.Context(), b.ID(), func(b *booking.Booking) error {
				return errors.Join(requestPayment(b), declinePayment(b))
			})
			if err != nil {
				t.Errorf("update: %v", err)
			}
		})
		got, err := stores.Bookings.Get(t.Context(), b.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "attempts", got.Attempt(), booking.MaxAttempts)
		testkit.WantEqual(t, "events", len(typesOf(stores.relayAll(t), string(b.ID()))), 1+2*booking.MaxAttempts)
	})

	t.Run("list", func(t *testing.T) { runBookingLists(t, open) })
	t.Run("claims", func(t *testing.T) { runClaims(t, open) })
	t.Run("keys", func(t *testing.T) { runKeys(t, open) })
	t.Run("limits", func(t *testing.T) { runLimits(t, open) })
	t.Run("list of due bookings", func(t *testing.T) { runListDue(t, open) })

	t.Run("does nothing if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		b, key := stores.addBooking(t, sh, "A-1"), newKey()
		stores.relayAll(t)

		other := newBooking(t, sh, "ann", "A-2")
		_, err := stores.Bookings.Add(testkit.CancelledContext(t), other, key, booking.Limits{})
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Bookings.Get(testkit.CancelledContext(t), b.ID())
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Bookings.ByKey(testkit.CancelledContext(t), "ann", key)
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Bookings.Update(testkit.CancelledContext(t), b.ID(), cancelBooking)
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Bookings.List(testkit.CancelledContext(t), outbound.BookingQuery{Limit: 1})
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Bookings.ListDue(testkit.CancelledContext(t), outbound.DueFilter{LapsedAt: showStart}, outbound.DueBooking{}, 1)
		testkit.WantError(t, err, context.Canceled)

		_, err = stores.Bookings.Get(t.Context(), other.ID())
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", key)
		testkit.WantError(t, err, ports.ErrNotFound)
		stores.wantBooking(t, b)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
		wantEvents(t, stores.relayAll(t))
	})
}

func runBookingLists(t *testing.T, open OpenStores) {
	t.Run("returns the newest first, filtered by customer, show or both", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		hamlet, macbeth := stores.addShowOnSale(t), stores.addShowOnSale(t)
		made := []*booking.Booking{
			newBooking(t, hamlet, "ann", "A-1"),
			newBooking(t, hamlet, "bob", "A-2"),
			newBooking(t, macbeth, "ann", "A-1"),
			newBooking(t, hamlet, "ann", "A-3"),
			newBooking(t, hamlet, "ann", "A-4"),
		}
		ids := make([]booking.ID, len(made))
		for _, i := range []int{3, 0, 4, 1, 2} {
			_, err := stores.Bookings.Add(t.Context(), made[i], newKey(), booking.Limits{})
			testkit.Must(t, err)
			ids[i] = made[i].ID()
		}
		stores.updateBooking(t, ids[0], cancelBooking)

		for _, tt := range []struct {
			name  string
			query outbound.BookingQuery
			want  []booking.ID
		}{
			{"any", outbound.BookingQuery{Limit: 10}, []booking.ID{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			{"Ann's", outbound.BookingQuery{Customer: "ann", Limit: 10}, []booking.ID{ids[4], ids[3], ids[2], ids[0]}},
			{"Hamlet's", outbound.BookingQuery{Show: hamlet.ID(), Limit: 10}, []booking.ID{ids[4], ids[3], ids[1], ids[0]}},
			{"Ann's of Macbeth", outbound.BookingQuery{Customer: "ann", Show: macbeth.ID(), Limit: 10}, []booking.ID{ids[2]}},
			{"Bob's of Macbeth", outbound.BookingQuery{Customer: "bob", Show: macbeth.ID(), Limit: 10}, nil},
			{"Ann's first page", outbound.BookingQuery{Customer: "ann", Limit: 2}, []booking.ID{ids[4], ids[3]}},
			{"Ann's second page", outbound.BookingQuery{Customer: "ann", After: ids[3], Limit: 2}, []booking.ID{ids[2], ids[0]}},
			{"Ann's third page", outbound.BookingQuery{Customer: "ann", After: ids[0], Limit: 2}, nil},
			{"Hamlet's second page", outbound.BookingQuery{Show: hamlet.ID(), After: ids[4], Limit: 2}, []booking.ID{ids[3], ids[1]}},
			{"a page of any", outbound.BookingQuery{After: ids[4], Limit: 2}, []booking.ID{ids[3], ids[2]}},
			{"Ann's second of both", outbound.BookingQuery{Customer: "ann", Show: hamlet.ID(), After: ids[4], Limit: 1}, []booking.ID{ids[3]}},
			{"an unknown customer's", outbound.BookingQuery{Customer: "eve", Limit: 10}, nil},
		} {
			page, err := stores.Bookings.List(t.Context(), tt.query)
			testkit.Must(t, err)
			var got []booking.ID
			for _, b := range page {
				got = append(got, b.ID())
			}
			testkit.WantEqual(t, tt.name, got, tt.want)
		}
	})

	t.Run("returns complete bookings", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		b := stores.addBooking(t, stores.addShowOnSale(t), "B-1", "A-1")
		b = stores.updateBooking(t, b.ID(), confirmPayment)
		page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Limit: 1})
		testkit.Must(t, err)
		if len(page) != 1 {
			t.Fatalf("got %d bookings, want 1", len(page))
		}
		testkit.WantEqual(t, "booking", page[0].Snapshot(), b.Snapshot())
	})
}

// wantBooking compares a booking with the stored one.
func (s Stores) wantBooking(t *testing.T, want *booking.Booking) {
	t.Helper()
	got, err := s.Bookings.Get(t.Context(), want.ID())
	testkit.Must(t, err)
	testkit.WantEqual(t, "booking", got.Snapshot(), want.Snapshot())
}

func declinePayment(b *booking.Booking) error {
	return b.Decline(b.Attempt(), "card says “no” %_", noon.Add(2*time.Minute))
}

func declineAfterHold(b *booking.Booking) error { return b.Decline(b.Attempt(), "no", b.HeldUntil()) }

func markTicketed(b *booking.Booking) error { return b.MarkTicketed(noon.Add(3 * time.Minute)) }

func markRefunded(b *booking.Booking) error { return b.MarkRefunded(noon.Add(4 * time.Minute)) }

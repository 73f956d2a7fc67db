package pgstores_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

const buyers = 64

func TestHolds(t *testing.T) {
	t.Run("succeed only once when many buyers request the same seats", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, address)
		sh := newShow(t, "s1", "globe")
		testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
		for round := range 25 {
			seats := []show.Label{label('A', round), label('B', round), label('C', round)}
			errs := make([]error, buyers)
			testkit.RunConcurrently(buyers, func(i int) {
				_, errs[i] = pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", seats...), newKey(), booking.Limits{})
			})
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					wantTaken(t, err)
				}
			}
			if won != 1 {
				t.Errorf("round %d has %d winners, want 1", round, won)
			}
		}
		wantSound(t, address)
	})

	t.Run("fail only with SeatsTakenError when their seats overlap", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, address)
		sh := newShow(t, "s1", "globe")
		testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
		for round := range 25 {
			testkit.RunConcurrently(buyers, func(int) {
				// Hold 2 to 6 of 12 seats in random order, and cancel half of the
				// bookings.
				var seats []show.Label
				for _, n := range rand.Perm(12)[:2+rand.IntN(5)] {
					seats = append(seats, label('A', round*12+n))
				}
				b, err := pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", seats...), newKey(), booking.Limits{})
				if err != nil {
					wantTaken(t, err)
					return
				}
				if rand.IntN(2) == 0 {
					if _, err := pgstores.New(db).Bookings.Update(t.Context(), b.ID(), cancelled); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wantSound(t, address)
	})

	t.Run("make only one booking per key, even for different seats", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, address)
		sh := newShow(t, "s1", "globe")
		testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
		for round := range 25 {
			key := newKey()
			ids := make([]booking.ID, buyers)
			testkit.RunConcurrently(buyers, func(i int) {
				b, err := pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", label('A', round*4+i%4)), key, booking.Limits{})
				if err == nil {
					ids[i] = b.ID()
					return
				}
				if !errors.Is(err, ports.ErrIdempotencyKeyReused) {
					t.Error(err)
				}
			})
			first := map[booking.ID]bool{}
			for _, id := range ids {
				if id != "" {
					first[id] = true
				}
			}
			if len(first) != 1 {
				t.Errorf("round %d: the key made %v, want one booking", round, first)
			}
		}
		wantSound(t, address)
	})

	t.Run("finish even in units of work that claim seats in opposite orders", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		// The server must detect the deadlock before a timeout occurs.
		db := openDB(t, pgtest.With(address, "lock_timeout=30s&statement_timeout=30s"))
		sh := newShow(t, "s1", "globe")
		testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
		for round := range 3 { // the server takes a second to detect a deadlock
			testkit.RunConcurrently(4, func(i int) {
				seats := []show.Label{label('A', round), label('B', round)}
				first, second := seats[i%2], seats[1-i%2]
				customer := actor.ID(fmt.Sprint("customer ", i))
				one, other := newHold(t, sh, customer, first), newHold(t, sh, customer, second)
				keys := []ports.IdempotencyKey{newKey(), newKey()}
				err := pgstores.UnitOfWork(db).Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					if _, err := s.Bookings.Add(ctx, one, keys[0], booking.Limits{}); err != nil {
						return err
					}
					_, err := s.Bookings.Add(ctx, other, keys[1], booking.Limits{})
					return err
				})
				if err != nil {
					wantTaken(t, err)
				}
			})
			var claimed int
			testkit.Must(t, pgtest.RawSQL(t, address).Get(&claimed, `SELECT count(*) FROM claims WHERE seat IN ($1, $2)`, label('A', round), label('B', round)))
			if claimed != 2 {
				t.Errorf("round %d: %d seats are claimed, want 2", round, claimed)
			}
		}
		wantSound(t, address)
	})

	t.Run("do not wait while the show is being updated", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, pgtest.With(pgtest.NewURL(t), "lock_timeout=1s"))
		sh := newShow(t, "s1", "globe")
		testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
		_, err := pgstores.New(db).Shows.Update(t.Context(), sh.ID(), func(sh *show.Show) error {
			_, err := pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1"), newKey(), booking.Limits{})
			return errors.Join(err, sh.Cancel(noon))
		})
		testkit.Must(t, err)
		due, err := pgstores.New(db).Bookings.ListDue(t.Context(), outbound.DueFilter{OfCancelledShows: true}, outbound.DueBooking{}, 10)
		testkit.Must(t, err)
		if len(due) != 1 {
			t.Errorf("%v are due for cancellation, want the concurrent hold", due)
		}
	})
}

func label(row rune, n int) show.Label { return show.Label(fmt.Sprintf("%c-%d", row, n+1)) }

func wantTaken(t *testing.T, err error) {
	t.Helper()
	if taken, ok := errors.AsType[*booking.SeatsTakenError](err); !ok || len(taken.Labels) == 0 {
		t.Errorf("got error %v, want seats taken", err)
	}
}

package pgstores_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestInvalidTextIsNotFound(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	for _, text := range []string{"nul \x00", "invalid UTF-8 \xff"} {
		_, err := pgstores.New(db).Bookings.Get(t.Context(), booking.ID(text))
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = pgstores.New(db).Shows.Get(t.Context(), show.ID(text))
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = pgstores.New(db).Tickets.Update(t.Context(), ticket.Code(text), nil)
		testkit.WantError(t, err, ports.ErrNotFound)
		page, err := pgstores.New(db).Shows.List(t.Context(), outbound.ShowQuery{Text: text, Limit: 10})
		testkit.Must(t, err)
		if len(page) != 0 {
			t.Errorf("found %v, want nothing", page)
		}
	}
}

// TestBookingsSurviveLostConnections cuts connections while customers hold seats.
func TestBookingsSurviveLostConnections(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	db := openDB(t, address)
	sh := newShow(t, "s1", "globe")
	testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))

	customers, stop := context.WithCancel(t.Context())
	var cutting sync.WaitGroup
	cut := 0
	succeeded := make(chan struct{}, 1) // each cut waits for a successful hold, so that the test makes progress
	killer := pgtest.RawSQL(t, address)
	cutting.Go(func() {
		for {
			select {
			case <-customers.Done():
				return
			case <-succeeded:
			}
			var pids []int
			testkit.Must(t, killer.Select(&pids, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'portico'`))
			if len(pids) > 0 {
				killer.MustExec(`SELECT pg_terminate_backend($1)`, pids[rand.IntN(len(pids))])
				cut++
			}
		}
	})
	var mu sync.Mutex
	booked := map[booking.ID]bool{}
	failed := 0
	testkit.RunConcurrently(8, func(i int) {
		for n := range 100 {
			b, key := newHold(t, sh, "ann", label(rune('A'+i), 2*n), label(rune('A'+i), 2*n+1)), newKey()
			err := errors.New("not tried")
			for err != nil { // until it succeeds
				_, err = pgstores.New(db).Bookings.Add(t.Context(), b, key, booking.Limits{})
				if err != nil {
					testkit.WantError(t, err, ports.ErrUnavailable)
				}
				mu.Lock()
				if err != nil {
					failed++
				}
				mu.Unlock()
			}
			if n%2 == 0 {
				if _, err := pgstores.New(db).Bookings.Update(t.Context(), b.ID(), paying); err != nil {
					testkit.WantError(t, err, ports.ErrUnavailable)
				}
			}
			mu.Lock()
			booked[b.ID()] = true
			mu.Unlock()
			select {
			case succeeded <- struct{}{}:
			default:
			}
		}
	})
	stop()
	cutting.Wait()
	t.Logf("%d connections were cut, %d holds failed at first", cut, failed)
	if cut < 10 {
		t.Errorf("only %d connections were cut, want at least 10", cut)
	}
	for id := range booked {
		if _, err := pgstores.New(db).Bookings.Get(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	wantSound(t, address)
}

package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
)

func TestOpen(t *testing.T) {
	for name, test := range map[string]struct{ address, reason string }{
		"a URL of another kind":        {"mysql://ann:secret@localhost/portico", "it is not like postgres://"},
		"what is no URL":               {"postgres://ann:sec%ret@localhost/portico", "it is not like postgres://"},
		"a password that is a path":    {"postgres://ann:sec/ret@localhost/portico", "it is not like postgres://"},
		"an unknown sslmode":           {"postgres://ann:secret@localhost/portico?sslmode=perhaps", "sslmode"},
		"a pool of no connections":     {"postgres://ann:secret@localhost/portico?pool_max_conns=0", "pool_max_conns"},
		"a time that is none":          {"postgres://ann:secret@localhost/portico?statement_timeout=soon", "statement_timeout"},
		"a pool whose size is no size": {"postgres://ann:secret@localhost/portico?pool_max_conns=many", "pool_max_conns"},
	} {
		t.Run("refuses "+name+" and keeps the password to itself", func(t *testing.T) {
			db, err := postgres.Open(test.address)
			if err == nil {
				_ = db.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), test.reason) || strings.Contains(err.Error(), "sec") {
				t.Errorf("error %q, want %q and no password", err, test.reason)
			}
		})
	}
}

func TestPing(t *testing.T) {
	t.Run("succeeds where there is a database, with a schema or without", func(t *testing.T) {
		t.Parallel()
		must(t, openDB(t, newEmptyURL(t)).Ping(t.Context()))
	})

	t.Run("says that nobody answers", func(t *testing.T) {
		t.Parallel()
		nobody, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		must(t, nobody.Close())
		wantUnavailable(t, openDB(t, "postgres://ann:secret@"+nobody.Addr().String()+"/portico?sslmode=disable").Ping(t.Context()))
	})

	t.Run("says that somebody never answers", func(t *testing.T) {
		t.Parallel()
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer silent.Close()
		begun := time.Now()
		wantUnavailable(t, openDB(t, "postgres://ann:secret@"+silent.Addr().String()+"/portico?sslmode=disable&connect_timeout=1").Ping(t.Context()))
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})

	t.Run("says that there are too many connections", func(t *testing.T) {
		t.Parallel()
		address := newEmptyURL(t)
		rawSQL(t, address).MustExec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$`)
		wantUnavailable(t, openDB(t, address).Ping(t.Context()))
	})
}

func TestLimits(t *testing.T) {
	t.Run("a statement that takes too long is given up", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		lock(t, address, `LOCK TABLE shows`)
		_, err := openDB(t, with(address, "statement_timeout=100ms&lock_timeout=0")).Stores().Shows.Get(t.Context(), "s1")
		wantUnavailable(t, err)
	})

	t.Run("a lock that is not to be had is given up", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		must(t, openDB(t, address).Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		lock(t, address, `SELECT FROM shows FOR UPDATE`)
		_, err := openDB(t, with(address, "lock_timeout=100ms")).Stores().Shows.Update(t.Context(), "s1", func(sh *show.Show) error { return sh.Open(noon) })
		wantUnavailable(t, err)
	})

	t.Run("a server that was cut off is given up, and so is its connection", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, with(newURL(t), "pool_max_conns=1&statement_timeout=1s"))
		db := openDB(t, line.URL)
		must(t, db.Ping(t.Context()))
		line.HalfOpen()
		_, err := db.Stores().Shows.Get(t.Context(), "s1")
		wantUnavailable(t, err)
		line.Restore()
		must(t, db.Ping(t.Context()))
	})

	t.Run("a caller that has gone ends its statement at once, and the connection serves the next", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		db := openDB(t, with(address, "pool_max_conns=1"))
		must(t, db.Ping(t.Context()))
		unlock := lock(t, address, `LOCK TABLE shows`)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := db.Stores().Shows.Get(ctx, "s1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		unlock()
		if _, err := db.Stores().Shows.Get(t.Context(), "s1"); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("error %v", err)
		}
	})

	t.Run("a caller waits for a connection no longer than it wants to", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, with(newURL(t), "pool_max_conns=1"))
		must(t, db.Do(t.Context(), func(ctx context.Context, _ outbound.Stores) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			if err := db.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with the only connection taken: error %v", err)
			}
			return nil
		}))
	})

	t.Run("many at once share the connections that there are", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		db := openDB(t, with(address, "pool_max_conns=3"))
		sh := newShow(t, "s1", "globe")
		must(t, db.Stores().Shows.Add(t.Context(), sh))
		atOnce(50, func(i int) {
			b, err := db.Stores().Bookings.Add(t.Context(), newHold(t, sh, "ann", label('A', i)), newKey())
			if err == nil {
				_, err = db.Stores().Bookings.Update(t.Context(), b.ID(), paying)
			}
			if err != nil {
				t.Error(err)
			}
		})
		var used int
		must(t, rawSQL(t, address).Get(&used, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'portico'`))
		if used == 0 || used > 3 {
			t.Errorf("%d connections are in use, want up to 3", used)
		}
	})

	t.Run("a transaction that nobody goes on with is ended", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		must(t, openDB(t, address).Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		db := openDB(t, with(address, "idle_in_transaction_session_timeout=200ms"))
		onlooker := rawSQL(t, address)
		_, err := db.Outbox().Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			for idle := true; idle; time.Sleep(20 * time.Millisecond) {
				must(t, onlooker.Get(&idle, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`))
			}
			return nil
		})
		wantUnavailable(t, err)
		count, _, err := db.Outbox().Backlog(t.Context())
		must(t, err)
		if count != 2 {
			t.Errorf("%d events wait, want both", count)
		}
	})
}

func TestTextThatCannotBeStoredIsNotThere(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	for _, text := range []string{"nul \x00", "no UTF-8 \xff"} {
		_, err := db.Stores().Bookings.Get(t.Context(), booking.ID(text))
		wantNotFound(t, err)
		_, err = db.Stores().Shows.Get(t.Context(), show.ID(text))
		wantNotFound(t, err)
		_, err = db.Stores().Tickets.Update(t.Context(), ticket.Code(text), nil)
		wantNotFound(t, err)
		page, err := db.Stores().Shows.List(t.Context(), outbound.ShowQuery{Text: text, Limit: 10})
		must(t, err)
		if len(page) != 0 {
			t.Errorf("found %v", page)
		}
	}
}

// Connections are cut all the time while customers book.
func TestConnectionsThatAreCut(t *testing.T) {
	t.Parallel()
	address := newURL(t)
	db := openDB(t, address)
	sh := newShow(t, "s1", "globe")
	must(t, db.Stores().Shows.Add(t.Context(), sh))

	customers, stop := context.WithCancel(t.Context())
	var cutting sync.WaitGroup
	cut := 0
	killer := rawSQL(t, address)
	cutting.Go(func() {
		for customers.Err() == nil {
			var pids []int
			must(t, killer.Select(&pids, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'portico'`))
			if len(pids) > 0 {
				killer.MustExec(`SELECT pg_terminate_backend($1)`, pids[rand.IntN(len(pids))])
				cut++
			}
		}
	})
	var mu sync.Mutex
	booked := map[booking.ID]bool{}
	failed := 0
	atOnce(8, func(i int) {
		for n := range 100 {
			b, key := newHold(t, sh, "ann", label(rune('A'+i), 2*n), label(rune('A'+i), 2*n+1)), newKey()
			err := errors.New("not tried")
			for err != nil { // a customer does not give up
				_, err = db.Stores().Bookings.Add(t.Context(), b, key)
				if err != nil {
					wantUnavailable(t, err)
				}
				mu.Lock()
				if err != nil {
					failed++
				}
				mu.Unlock()
			}
			if n%2 == 0 {
				if _, err := db.Stores().Bookings.Update(t.Context(), b.ID(), paying); err != nil {
					wantUnavailable(t, err)
				}
			}
			mu.Lock()
			booked[b.ID()] = true
			mu.Unlock()
		}
	})
	stop()
	cutting.Wait()
	t.Logf("%d connections were cut, %d holds failed at first", cut, failed)
	if cut < 10 {
		t.Errorf("only %d connections were cut", cut)
	}
	for id := range booked {
		if _, err := db.Stores().Bookings.Get(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	wantSound(t, address)
}

// lock runs a statement in a transaction that stays open, until unlock.
func lock(t *testing.T, address, statement string) (unlock func()) {
	t.Helper()
	tx, err := rawSQL(t, address).Begin()
	must(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	_, err = tx.Exec(statement)
	must(t, err)
	return func() { _ = tx.Rollback() }
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error %v, want %v", err, ports.ErrUnavailable)
	}
}

func wantNotFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("error %v, want %v", err, ports.ErrNotFound)
	}
}

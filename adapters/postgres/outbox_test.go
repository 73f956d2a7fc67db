package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"example.com/portico/adapters/postgres"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestCommitted(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	signalled := func() bool {
		select {
		case <-db.Committed():
			return true
		default:
			return false
		}
	}
	if signalled() {
		t.Error("a new database signals a commit")
	}
	store(t, db, "a1", contract.Noted{})
	if !signalled() {
		t.Error("a write does not signal its commit")
	}
	_, err := postgres.NewInbox(db).FirstTime(t.Context(), "notes", "e1")
	testkit.Must(t, err)
	if !signalled() {
		t.Error("a statement does not signal its commit")
	}
	failure := errors.New("no")
	err = db.Do(t.Context(), func(_ context.Context, s postgres.Session) error {
		store(t, s, "a1", contract.Noted{})
		return failure
	})
	if !errors.Is(err, failure) || signalled() {
		t.Errorf("got error %v and possibly a signal, want %v and no signal of a rollback", err, failure)
	}
	testkit.Must(t, db.Do(t.Context(), func(_ context.Context, s postgres.Session) error {
		store(t, s, "a1", contract.Noted{})
		return nil
	}))
	if !signalled() {
		t.Error("a unit of work does not signal its commit")
	}
}

func TestRelay(t *testing.T) {
	t.Run("publishes each event once, even if several processes relay events and publishing sometimes fails", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		const adders, relays, each = 4, 4, 100
		failure := errors.New("no")
		var (
			mu        sync.Mutex
			published = map[string]int{}
		)
		relay := func(outbox platform.Outbox) {
			n, err := outbox.Relay(t.Context(), 1+rand.IntN(20), func(_ context.Context, events []platform.Event) error {
				if rand.IntN(3) == 0 {
					return failure
				}
				mu.Lock()
				defer mu.Unlock()
				for _, e := range events {
					published[e.Aggregate]++
				}
				return nil
			})
			if err != nil && !errors.Is(err, failure) || errors.Is(err, failure) != (n == 0 && err != nil) {
				t.Errorf("got %d events, error %v, want events or a failure", n, err)
			}
		}
		var added sync.WaitGroup
		added.Add(adders)
		all := make(chan struct{})
		go func() { added.Wait(); close(all) }()
		testkit.RunConcurrently(adders+relays, func(i int) {
			db := openDB(t, address)
			if i < relays {
				for done := false; !done; {
					select {
					case <-all:
						count, _, err := db.Outbox().Backlog(t.Context())
						testkit.Must(t, err)
						done = count == 0
					default:
					}
					relay(db.Outbox())
				}
				return
			}
			defer added.Done()
			for n := range each {
				store(t, db, fmt.Sprintf("a%d-%d", i, n), contract.Noted{})
			}
		})
		if len(published) != adders*each {
			t.Errorf("%d events were published, want %d", len(published), adders*each)
		}
		for id, times := range published {
			if times != 1 {
				t.Errorf("the event of %s was published %d times, want once", id, times)
			}
		}
	})

	t.Run("takes unclaimed events without waiting for other relays", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, pgtest.With(pgtest.NewURL(t), "lock_timeout=1s"))
		store(t, db, "a1", contract.Noted{}, contract.Noted{})
		n, err := db.Outbox().Relay(t.Context(), 1, func(_ context.Context, mine []platform.Event) error {
			_, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, theirs []platform.Event) error {
				if len(theirs) != 1 || theirs[0].ID == mine[0].ID {
					t.Errorf("one relay has %v, the other %v, want one other event", mine, theirs)
				}
				return nil
			})
			return err
		})
		testkit.Must(t, err)
		if n != 1 {
			t.Errorf("got %d events, want 1", n)
		}
		wantRelayed(t, db.Outbox(), 0)
	})

	t.Run("leaves the events to the next relay when the connection is cut", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, address)
		store(t, db, "a1", contract.Noted{}, contract.Noted{})
		raw := pgtest.RawSQL(t, address)
		_, err := db.Outbox().Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			raw.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`)
			return nil
		})
		testkit.WantError(t, err, ports.ErrUnavailable)
		wantRelayed(t, db.Outbox(), 2)
	})

	t.Run("removes published events even if its context ends during publishing", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		store(t, db, "a1", contract.Noted{}, contract.Noted{})
		ctx, leave := context.WithCancel(t.Context())
		n, err := db.Outbox().Relay(ctx, 10, func(context.Context, []platform.Event) error {
			leave()
			return nil
		})
		testkit.Must(t, err)
		if n != 2 {
			t.Errorf("got %d events, want 2", n)
		}
		wantRelayed(t, db.Outbox(), 0)
	})

	t.Run("publishes an event that is committed after events with later positions", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		testkit.Must(t, db.Do(t.Context(), func(_ context.Context, s postgres.Session) error {
			store(t, s, "late", contract.Noted{}, contract.Noted{})
			store(t, db, "early", contract.Noted{}, contract.Noted{})
			wantRelayed(t, db.Outbox(), 2)
			return nil
		}))
		wantRelayed(t, db.Outbox(), 2)
	})
}

func wantRelayed(t *testing.T, outbox platform.Outbox, want int) {
	t.Helper()
	n, err := outbox.Relay(t.Context(), 100, func(context.Context, []platform.Event) error { return nil })
	testkit.Must(t, err)
	if n != want {
		t.Errorf("%d events were relayed, want %d", n, want)
	}
}

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

func TestStored(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	signalled := func() bool {
		select {
		case <-db.Stored():
			return true
		default:
			return false
		}
	}
	if signalled() {
		t.Error("a new database has nothing to relay")
	}
	sh := newShow(t, "s1", "globe")
	must(t, db.Stores().Shows.Add(t.Context(), sh))
	if !signalled() {
		t.Error("nobody was told of the event of a repository")
	}
	hold := newHold(t, sh, "ann", "A-1")
	_, err := db.Stores().Bookings.Add(t.Context(), hold, "key 1")
	must(t, err)
	if !signalled() {
		t.Error("nobody was told of a hold")
	}
	failure := errors.New("no")
	err = db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Bookings.Update(ctx, hold.ID(), paying)
		return errors.Join(err, failure)
	})
	if !errors.Is(err, failure) || signalled() {
		t.Errorf("error %v, and somebody was told of what is not committed", err)
	}
	must(t, db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Bookings.Update(ctx, hold.ID(), paying)
		return err
	}))
	if !signalled() {
		t.Error("nobody was told of the event of a unit of work")
	}
}

func TestRelay(t *testing.T) {
	t.Run("hands each event over once among several processes, and loses none when hand-overs fail", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		const adders, relays, each = 4, 4, 100
		failure := errors.New("no")
		var (
			mu     sync.Mutex
			handed = map[string]int{}
		)
		relay := func(outbox platform.Outbox) {
			n, err := outbox.Relay(t.Context(), 1+rand.IntN(20), func(_ context.Context, events []platform.Event) error {
				if rand.IntN(3) == 0 {
					return failure
				}
				mu.Lock()
				defer mu.Unlock()
				for _, e := range events {
					handed[e.Aggregate]++
				}
				return nil
			})
			if err != nil && !errors.Is(err, failure) || errors.Is(err, failure) != (n == 0 && err != nil) {
				t.Errorf("%d events, error %v", n, err)
			}
		}
		var added sync.WaitGroup
		added.Add(adders)
		all := make(chan struct{})
		go func() { added.Wait(); close(all) }()
		atOnce(adders+relays, func(i int) {
			db := openDB(t, address)
			if i < relays {
				for done := false; !done; {
					select {
					case <-all:
						count, _, err := db.Outbox().Backlog(t.Context())
						must(t, err)
						done = count == 0
					default:
					}
					relay(db.Outbox())
				}
				return
			}
			defer added.Done()
			for n := range each {
				sh, err := show.Rehydrate(newShow(t, show.ID(fmt.Sprintf("s%d-%d", i, n)), "globe").Snapshot())
				must(t, err)
				must(t, sh.Cancel(noon)) // one event
				must(t, db.Stores().Shows.Add(t.Context(), sh))
			}
		})
		if len(handed) != adders*each {
			t.Errorf("%d events were handed over, want %d", len(handed), adders*each)
		}
		for id, times := range handed {
			if times != 1 {
				t.Errorf("the event of %s was handed over %d times", id, times)
			}
		}
	})

	t.Run("takes what no other relay has, without waiting for it", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, with(newURL(t), "lock_timeout=1s"))
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		n, err := db.Outbox().Relay(t.Context(), 1, func(_ context.Context, mine []platform.Event) error {
			_, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, theirs []platform.Event) error {
				if len(theirs) != 1 || theirs[0].ID == mine[0].ID {
					t.Errorf("while one has %v, the other has %v", mine, theirs)
				}
				return nil
			})
			return err
		})
		must(t, err)
		if n != 1 {
			t.Errorf("%d events, want 1", n)
		}
		wantRelayed(t, db.Outbox(), 0)
	})

	t.Run("leaves the events to the next when its connection is cut", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		db := openDB(t, address)
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		raw := rawSQL(t, address)
		_, err := db.Outbox().Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			raw.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()`)
			return nil
		})
		wantUnavailable(t, err)
		wantRelayed(t, db.Outbox(), 2)
	})

	t.Run("removes what was handed over when its caller has gone meanwhile", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		ctx, leave := context.WithCancel(t.Context())
		n, err := db.Outbox().Relay(ctx, 10, func(context.Context, []platform.Event) error {
			leave()
			return nil
		})
		must(t, err)
		if n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		wantRelayed(t, db.Outbox(), 0)
	})

	t.Run("hands over an event that was committed after later ones", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		late, early := newShow(t, "late", "globe"), newShow(t, "early", "globe")
		must(t, db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			must(t, s.Shows.Add(ctx, late))
			must(t, db.Stores().Shows.Add(t.Context(), early))
			wantRelayed(t, db.Outbox(), 2)
			return nil
		}))
		wantRelayed(t, db.Outbox(), 2)
	})
}

func wantRelayed(t *testing.T, outbox platform.Outbox, want int) {
	t.Helper()
	n, err := outbox.Relay(t.Context(), 100, func(context.Context, []platform.Event) error { return nil })
	must(t, err)
	if n != want {
		t.Errorf("%d events were relayed, want %d", n, want)
	}
}

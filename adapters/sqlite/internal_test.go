package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// Each connection has settings of its own, and the durability of a commit
// hangs on them, so this looks at the connections themselves.
func TestConnectionsAreSafe(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "portico.db"))
	const full = "2"
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": full, "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := db.writer.GetContext(t.Context(), &got, "PRAGMA "+pragma); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("the writer has %s = %s, want %s", pragma, got, want)
		}
	}
	if n := db.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d connections write, want 1", n)
	}
	if _, err := db.readers.ExecContext(t.Context(), "CREATE TABLE t (i INTEGER)"); err == nil {
		t.Error("a reader has written")
	}
}

func TestTransactionsWaitTheirTurn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portico.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close() // its goroutines belong to this test
		var served []int
		goOn := make(chan struct{})
		for i := range 50 {
			go func() {
				err := db.transact(t.Context(), func(conn) error {
					served = append(served, i)
					<-goOn
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait() // it waits in line
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.transact(gone, func(conn) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("for somebody who is gone: %v, want Canceled", err)
		}
		close(goOn)
		synctest.Wait()
		if len(served) != 50 || !slices.IsSorted(served) {
			t.Errorf("served are %v", served)
		}
	})
}

func TestAFullDiskUndoesAUnitOfWork(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "portico.db"))
	if err := db.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := db.writer.GetContext(t.Context(), &pages, "PRAGMA page_count"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writer.ExecContext(t.Context(), fmt.Sprint("PRAGMA max_page_count = ", pages+10)); err != nil {
		t.Fatal(err)
	}
	small, large := []ports.EventID{"e-1", "e-2"}, ports.EventID(strings.Repeat("e", 1<<20))
	err := db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
		if first, err := s.Inbox.FirstTime(ctx, "posters", small[0]); !first || err != nil {
			t.Errorf("before the disk is full: %t, %v", first, err)
		}
		for _, id := range []ports.EventID{large, small[1]} {
			if _, err := s.Inbox.FirstTime(ctx, "posters", id); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("%d bytes: %v, want ErrUnavailable", len(id), err)
			}
		}
		return nil
	})
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("the unit of work ends with %v, want ErrUnavailable", err)
	}
	for _, id := range small {
		if first, err := db.Stores().Inbox.FirstTime(t.Context(), "posters", id); !first || err != nil {
			t.Errorf("%s was stored, or %v", id, err)
		}
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := open(t, path)
	impatient, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=0")
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	err = db.transact(t.Context(), func(conn) error {
		_, err := impatient.ExecContext(t.Context(), "CREATE TABLE t (i INTEGER)")
		return failure(t.Context(), err)
	})
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("while another process writes: %v, want %v", err, ports.ErrUnavailable)
	}
}

func TestLease(t *testing.T) {
	t.Run("keeps a delivery from other consumers", func(t *testing.T) {
		t.Parallel()
		one, other := twoBrokers(t, time.Hour)
		publishOpened(t, one, "e1")
		wantLeased(t, one, "e1")
		publishOpened(t, one, "e2")
		wantLeased(t, other, "e2")
	})

	t.Run("is taken over from other processes, and from no consumer of its own", func(t *testing.T) {
		t.Parallel()
		one, other := twoBrokers(t, time.Hour)
		publishOpened(t, one, "e1")
		wantLeased(t, one, "e1")
		if err := one.takeOver(t.Context(), "posters"); err != nil {
			t.Fatal(err)
		}
		wantLeased(t, other)
		if err := other.takeOver(t.Context(), "posters"); err != nil {
			t.Fatal(err)
		}
		wantLeased(t, other, "e1")
	})

	t.Run("of a process that crashed is not waited for", func(t *testing.T) {
		t.Parallel()
		crashed, next := twoBrokers(t, time.Hour)
		publishOpened(t, crashed, "e1")
		wantLeased(t, crashed, "e1") // and nothing is heard of it again
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		handled := false
		err := next.Consume(ctx, "posters", func(context.Context, platform.Event) error {
			handled = true
			stop()
			return nil
		})
		if !handled || err != nil {
			t.Errorf("handled %t, %v", handled, err)
		}
	})

	t.Run("is renewed while the handler runs", func(t *testing.T) {
		t.Parallel()
		const lease = 10 * time.Second // which a busy machine does not sleep through
		b, rival := twoBrokers(t, lease)
		publishOpened(t, b, "e1")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		begun, beaten := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(beaten)
			<-begun
			// Not by Consume, which would take the lease over.
			for ctx.Err() == nil {
				leased, wait, err := rival.lease(ctx, "posters", 1)
				if err != nil && ctx.Err() == nil || len(leased) > 0 {
					t.Errorf("the rival has %d deliveries, error %v", len(leased), err)
				}
				time.Sleep(min(wait, lease/10))
			}
		}()
		err := b.Consume(ctx, "posters", func(context.Context, platform.Event) error {
			close(begun)
			time.Sleep(5 * lease / 4)
			stop()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		<-beaten
	})
}

// twoBrokers are as in two processes on one file.
func twoBrokers(t *testing.T, lease time.Duration) (one, other *Broker) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := open(t, path)
	if err := db.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	newBroker := func(db *DB) *Broker {
		b := NewBroker(db, []platform.Subscription{{Name: "posters", Types: []string{"show.opened"}}},
			platform.RetryPolicy{Attempts: 1}, func(_ context.Context, err error) { t.Error(err) })
		b.leaseFor = lease
		return b
	}
	return newBroker(db), newBroker(open(t, path))
}

func wantLeased(t *testing.T, b *Broker, want ...ports.EventID) {
	t.Helper()
	leased, _, err := b.lease(t.Context(), "posters", 8)
	if err != nil {
		t.Fatal(err)
	}
	var got []ports.EventID
	for _, d := range leased {
		got = append(got, d.EventID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("leased %v, want %v", got, want)
	}
}

func publishOpened(t *testing.T, b *Broker, id ports.EventID) {
	t.Helper()
	if err := b.Publish(t.Context(), []platform.Event{{ID: id, Type: "show.opened", Body: show.Opened{Show: "s1"}}}); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

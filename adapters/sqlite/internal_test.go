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

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

// TestConnectionsAreSafe checks the settings of the connections, because the durability
// of commits depends on them.
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
		t.Error("a reader can write")
	}
}

func TestTransactionsRunInOrderOfArrival(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portico.db")
	synctest.Test(t, func(t *testing.T) {
		db := open(t, path)
		defer db.Close() // the goroutines of db must end within synctest.Test
		var served []int
		goOn := make(chan struct{})
		for i := range 50 {
			go func() {
				err := db.transact(t.Context(), func(sqlstore.Conn) error {
					served = append(served, i)
					<-goOn
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait() // until the goroutine waits in the queue
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.transact(ended, func(sqlstore.Conn) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("with a cancelled context: got %v, want Canceled", err)
		}
		close(goOn)
		synctest.Wait()
		if len(served) != 50 || !slices.IsSorted(served) {
			t.Errorf("got order %v, want ascending order of 50", served)
		}
	})
}

func TestFullDiskRollsBackUnitOfWork(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "portico.db"))
	if _, err := db.MigrateUp(t.Context()); err != nil {
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
	err := db.Do(t.Context(), func(ctx context.Context, s Session) error {
		inbox := NewInbox(s)
		if first, err := inbox.FirstTime(ctx, "notes", small[0]); !first || err != nil {
			t.Errorf("before the disk is full: got %t, %v, want true", first, err)
		}
		for _, id := range []ports.EventID{large, small[1]} {
			if _, err := inbox.FirstTime(ctx, "notes", id); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("%d bytes: got %v, want ErrUnavailable", len(id), err)
			}
		}
		return nil
	})
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("the unit of work ends with %v, want ErrUnavailable", err)
	}
	for _, id := range small {
		if first, err := NewInbox(db).FirstTime(t.Context(), "notes", id); !first || err != nil {
			t.Errorf("%s: got %t, %v, want it not stored", id, first, err)
		}
	}
}

func TestMapError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := open(t, path)
	noWait, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=0")
	if err != nil {
		t.Fatal(err)
	}
	defer noWait.Close()
	err = db.transact(t.Context(), func(sqlstore.Conn) error {
		_, err := noWait.ExecContext(t.Context(), "CREATE TABLE t (i INTEGER)")
		return mapError(t.Context(), err)
	})
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("while another process writes: got %v, want %v", err, ports.ErrUnavailable)
	}
}

func TestLease(t *testing.T) {
	t.Run("prevents other consumers from taking the delivery", func(t *testing.T) {
		t.Parallel()
		one, other := twoBrokers(t, time.Hour)
		publishOne(t, one, "e1")
		wantLeased(t, one, "e1")
		publishOne(t, one, "e2")
		wantLeased(t, other, "e2")
	})

	t.Run("is reclaimed by another process, but not by its owner", func(t *testing.T) {
		t.Parallel()
		one, other := twoBrokers(t, time.Hour)
		publishOne(t, one, "e1")
		wantLeased(t, one, "e1")
		if err := one.reclaimLeases(t.Context(), "notes"); err != nil {
			t.Fatal(err)
		}
		wantLeased(t, other)
		if err := other.reclaimLeases(t.Context(), "notes"); err != nil {
			t.Fatal(err)
		}
		wantLeased(t, other, "e1")
	})

	t.Run("of a crashed process is reclaimed at once", func(t *testing.T) {
		t.Parallel()
		crashed, next := twoBrokers(t, time.Hour)
		publishOne(t, crashed, "e1")
		wantLeased(t, crashed, "e1") // and then crashes
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		handled := false
		err := next.Consume(ctx, "notes", func(context.Context, platform.Event) error {
			handled = true
			stop()
			return nil
		})
		if !handled || err != nil {
			t.Errorf("handled: %t, error %v, want true and nil", handled, err)
		}
	})

	t.Run("is renewed while the handler runs", func(t *testing.T) {
		t.Parallel()
		const lease = 10 * time.Second // longer than any stall of a busy machine
		b, rival := twoBrokers(t, lease)
		publishOne(t, b, "e1")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		begun, rivalDone := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(rivalDone)
			<-begun
			// The rival does not call Consume, because Consume would reclaim the lease.
			for ctx.Err() == nil {
				leased, wait, err := rival.lease(ctx, "notes", 1)
				if err != nil && ctx.Err() == nil || len(leased) > 0 {
					t.Errorf("the rival got %d deliveries, error %v, want none", len(leased), err)
				}
				time.Sleep(min(wait, lease/10))
			}
		}()
		err := b.Consume(ctx, "notes", func(context.Context, platform.Event) error {
			close(begun)
			time.Sleep(5 * lease / 4)
			stop()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		<-rivalDone
	})
}

// twoBrokers simulates two processes on one file.
func twoBrokers(t *testing.T, lease time.Duration) (one, other *Broker) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := open(t, path)
	if _, err := db.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	newBroker := func(db *DB) *Broker {
		b := NewBroker(db, []platform.Subscription{contract.Notes{}.Subscription()},
			platform.RetryPolicy{Attempts: 1}, func(_ context.Context, err error) { t.Error(err) })
		b.leaseFor = lease
		return b
	}
	return newBroker(db), newBroker(open(t, path))
}

func wantLeased(t *testing.T, b *Broker, want ...ports.EventID) {
	t.Helper()
	leased, _, err := b.lease(t.Context(), "notes", 8)
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

func publishOne(t *testing.T, b *Broker, id ports.EventID) {
	t.Helper()
	if err := b.Publish(t.Context(), []platform.Event{contract.Notes{}.WithID(id)}); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, contract.Notes{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

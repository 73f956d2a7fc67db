package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"example.com/portico/adapters/internal/retry"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
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
	if !errors.Is(err, outbound.ErrUnavailable) {
		t.Errorf("while another process writes: %v, want %v", err, outbound.ErrUnavailable)
	}
}

func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db, other := open(t, path), open(t, path)
	if err := db.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	const lease = time.Second
	newBroker := func(db *DB) *Broker {
		b := NewBroker(db, []outbound.Subscription{{Name: "posters", Types: []string{"show.opened"}}},
			retry.Policy{Attempts: 1}, func(_ context.Context, err error) { t.Error(err) })
		b.leaseFor = lease
		return b
	}
	ctx, stop := context.WithCancel(t.Context())
	begun, rival := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(rival)
		<-begun
		// It goes straight to leasing: Consume would take the lease over.
		for ctx.Err() == nil {
			leased, wait, err := newBroker(other).lease(ctx, "posters", 1)
			if err != nil && ctx.Err() == nil || len(leased) > 0 {
				t.Errorf("the rival has %d deliveries, error %v", len(leased), err)
			}
			time.Sleep(min(wait, lease/10))
		}
	}()
	b := newBroker(db)
	if err := b.Publish(ctx, []outbound.Event{{ID: "e1", Type: "show.opened", Body: show.Opened{Show: "s1"}}}); err != nil {
		t.Fatal(err)
	}
	err := b.Consume(ctx, "posters", func(context.Context, outbound.Event) error {
		close(begun)
		time.Sleep(5 * lease / 2)
		stop()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	<-rival
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

package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
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
	store(t, db, contract.Noted{})
	if !signalled() {
		t.Error("a write does not signal its commit")
	}
	failure := errors.New("no")
	err := db.Do(t.Context(), func(_ context.Context, s sqlite.Session) error {
		store(t, s, contract.Noted{})
		return failure
	})
	if !errors.Is(err, failure) || signalled() {
		t.Errorf("got error %v and possibly a signal, want %v and no signal of a rollback", err, failure)
	}
	testkit.Must(t, db.Do(t.Context(), func(_ context.Context, s sqlite.Session) error {
		store(t, s, contract.Noted{})
		return nil
	}))
	if !signalled() {
		t.Error("a unit of work does not signal its commit")
	}
}

func TestRelayAfterCrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := newDBAt(t, path)
	store(t, db, contract.Noted{}, contract.Erased{})
	_, err := db.Outbox().Relay(t.Context(), 10, func(ctx context.Context, mine []platform.Event) error {
		// A new process relays the same events, as it would after a crash of this
		// process.
		n, err := openDB(t, path).Outbox().Relay(ctx, 10, func(_ context.Context, theirs []platform.Event) error {
			if len(theirs) != len(mine) || theirs[0].ID != mine[0].ID {
				t.Errorf("the next process has %v, want %v", theirs, mine)
			}
			return nil
		})
		if n != 2 {
			t.Errorf("the next process has relayed %d events, want 2", n)
		}
		return err
	})
	testkit.Must(t, err)
}

// store adds events to the outbox in a transaction.
func store(t *testing.T, s sqlite.Session, events ...event.Event) {
	t.Helper()
	testkit.Must(t, s.Write(t.Context(), func(c sqlstore.Conn) error {
		return s.StoreEvents(t.Context(), c, "a1", events)
	}))
}

package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
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
	must(t, db.Stores().Shows.Add(t.Context(), newShow(t)))
	if !signalled() {
		t.Error("nobody was told of the event of a repository")
	}
	closed := func(sh *show.Show) error { return sh.Cancel(sh.CreatedAt()) }
	failure := errors.New("no")
	err := db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Shows.Update(ctx, "s1", closed)
		return errors.Join(err, failure)
	})
	if !errors.Is(err, failure) || signalled() {
		t.Errorf("error %v, and somebody was told of what is not committed", err)
	}
	must(t, db.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
		_, err := s.Shows.Update(ctx, "s1", closed)
		return err
	}))
	if !signalled() {
		t.Error("nobody was told of the event of a unit of work")
	}
}

func TestRelayAfterACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := newDBAt(t, path)
	must(t, db.Stores().Shows.Add(t.Context(), newShow(t)))
	_, err := db.Outbox().Relay(t.Context(), 10, func(ctx context.Context, mine []platform.Event) error {
		// While this process is in the middle of it, another begins as if after a crash.
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
	must(t, err)
}

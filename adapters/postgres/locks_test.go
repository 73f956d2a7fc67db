package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/portico/ports"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestLocksSatisfyTheContract(t *testing.T) {
	t.Parallel()
	contract.RunLocker(t, func(t *testing.T) contract.Lockers {
		t.Helper()
		address := pgtest.WithLongLimits(pgtest.NewURL(t))
		return contract.Lockers{openDB(t, address).Locker(), openDB(t, address).Locker()}
	})
}

func TestLocks(t *testing.T) {
	t.Run("cancel the work when their connection is cut, and can then be taken again", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db, next := openDB(t, address), openDB(t, address)
		raw := pgtest.RawSQL(t, address)
		held, err := db.Locker().TryWithLock(t.Context(), "expire", func(ctx context.Context) error {
			raw.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				t.Error("the work was not cancelled")
			}
			if held, err := next.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
				t.Errorf("the next caller: got held %t, error %v, want true", held, err)
			}
			return ctx.Err()
		})
		testkit.WantError(t, err, ports.ErrUnavailable)
		if errors.Is(err, context.Canceled) || !held {
			t.Errorf("got held %t, error %v, want true and an error other than Canceled", held, err)
		}
		if held, err := db.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("again: got held %t, error %v, want true", held, err)
		}
	})

	t.Run("cancel the work when the server stops answering, even without a statement_timeout", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, pgtest.With(pgtest.NewURL(t), "statement_timeout=0"))
		_, err := openDB(t, line.URL).Locker().TryWithLock(t.Context(), "expire", func(ctx context.Context) error {
			line.HalfOpen()
			defer line.Restore()
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				t.Error("the work was not cancelled")
			}
			return ctx.Err()
		})
		testkit.WantError(t, err, ports.ErrUnavailable)
	})

	t.Run("cancel the work when their context ends", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		ctx, leave := context.WithCancel(t.Context())
		_, err := db.Locker().TryWithLock(ctx, "expire", func(ctx context.Context) error {
			leave()
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
		if held, err := db.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("the next caller: got held %t, error %v, want true", held, err)
		}
	})

	t.Run("fail if no server listens", func(t *testing.T) {
		t.Parallel()
		_, err := openDB(t, "postgres://ann@127.0.0.1:1/portico?sslmode=disable").Locker().TryWithLock(t.Context(), "expire", nil)
		testkit.WantError(t, err, ports.ErrUnavailable)
	})
}

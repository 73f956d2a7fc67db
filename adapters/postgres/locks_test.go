package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

func TestLocksKeepTheContract(t *testing.T) {
	t.Parallel()
	contract.RunLocker(t, func(t *testing.T) contract.Lockers {
		t.Helper()
		address := newURL(t)
		return contract.Lockers{openDB(t, address).Locker(), openDB(t, address).Locker()}
	})
}

func TestLocks(t *testing.T) {
	t.Run("end the work when their connection is cut, and go to the next", func(t *testing.T) {
		t.Parallel()
		address := newURL(t)
		db, next := openDB(t, address), openDB(t, address)
		raw := rawSQL(t, address)
		held, err := db.Locker().TryWithLock(t.Context(), "expire", func(ctx context.Context) error {
			raw.MustExec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				t.Error("the work goes on")
			}
			if held, err := next.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
				t.Errorf("the next: held %t, error %v", held, err)
			}
			return ctx.Err()
		})
		wantUnavailable(t, err)
		if errors.Is(err, context.Canceled) || !held {
			t.Errorf("held %t, error %v, but nobody has cancelled it", held, err)
		}
		if held, err := db.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("again: held %t, error %v", held, err)
		}
	})

	t.Run("end the work when the server is silent, whatever time statements have", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, with(newURL(t), "statement_timeout=0"))
		_, err := openDB(t, line.URL).Locker().TryWithLock(t.Context(), "expire", func(ctx context.Context) error {
			line.HalfOpen()
			defer line.Restore()
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
				t.Error("the work goes on")
			}
			return ctx.Err()
		})
		wantUnavailable(t, err)
	})

	t.Run("end the work when their caller has gone", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		ctx, leave := context.WithCancel(t.Context())
		_, err := db.Locker().TryWithLock(ctx, "expire", func(ctx context.Context) error {
			leave()
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if held, err := db.Locker().TryWithLock(t.Context(), "expire", func(context.Context) error { return nil }); !held || err != nil {
			t.Errorf("the next: held %t, error %v", held, err)
		}
	})

	t.Run("say that nobody answers", func(t *testing.T) {
		t.Parallel()
		_, err := openDB(t, "postgres://ann@127.0.0.1:1/portico?sslmode=disable").Locker().TryWithLock(t.Context(), "expire", nil)
		wantUnavailable(t, err)
	})
}

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/postgres"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestOpen(t *testing.T) {
	for _, test := range []struct{ name, address, reason string }{
		{"a URL of another kind", "mysql://ann:secret@localhost/portico", "it is not like postgres://"},
		{"an invalid URL", "postgres://ann:sec%ret@localhost/portico", "it is not like postgres://"},
		{"a password with a slash", "postgres://ann:sec/ret@localhost/portico", "it is not like postgres://"},
		{"an unknown sslmode", "postgres://ann:secret@localhost/portico?sslmode=perhaps", "sslmode"},
		{"a pool of no connections", "postgres://ann:secret@localhost/portico?pool_max_conns=0", "pool_max_conns"},
		{"an invalid timeout", "postgres://ann:secret@localhost/portico?statement_timeout=soon", "statement_timeout"},
		{"a pool with an invalid size", "postgres://ann:secret@localhost/portico?pool_max_conns=many", "pool_max_conns"},
	} {
		t.Run("refuses "+test.name+" without revealing the password", func(t *testing.T) {
			db, err := postgres.Open(test.address, contract.Notes{})
			if err == nil {
				_ = db.Close()
				t.Fatal("the database was opened")
			}
			if !strings.Contains(err.Error(), test.reason) || strings.Contains(err.Error(), "sec") {
				t.Errorf("got error %q, want %q and no password", err, test.reason)
			}
		})
	}
}

func TestUnverifiedHosts(t *testing.T) {
	const db = "postgres://ann:secret@db.example/portico"
	for _, test := range []struct {
		name, address string
		environ       string // NAME=value
		want          []string
	}{
		{name: "the driver's default", address: db, want: []string{"db.example"}},
		{name: "disable", address: db + "?sslmode=disable", want: []string{"db.example"}},
		{name: "allow", address: db + "?sslmode=allow", want: []string{"db.example"}},
		{name: "prefer", address: db + "?sslmode=prefer", want: []string{"db.example"}},
		{name: "require", address: db + "?sslmode=require", want: []string{"db.example"}},
		{name: "verify-ca", address: db + "?sslmode=verify-ca"},
		{name: "verify-full", address: db + "?sslmode=verify-full"},
		{name: "the roots of the system, which imply verify-full", address: db + "?sslrootcert=system"},
		{name: "several hosts", address: "postgres://a.example,b.example/portico", want: []string{"a.example", "b.example"}},
		{name: "several hosts with verify-full", address: "postgres://a.example,b.example/portico?sslmode=verify-full"},
		{name: "another address for a host", address: "postgres://localhost/portico?hostaddr=10.0.0.7", want: []string{"10.0.0.7"}},
		{name: "another host as a parameter", address: "postgres://localhost/portico?host=zeus.example", want: []string{"zeus.example"}},
		{name: "a socket", address: "postgres:///portico?host=/run/postgresql"},
		{name: "an abstract socket", address: "postgres:///portico?host=@postgresql"},
		{name: "a socket, which disables TLS, and a host", address: "postgres:///portico?host=/run/postgresql,db.example&sslmode=verify-full", want: []string{"db.example"}},
		{name: "an IPv6 address", address: "postgres://[::1]/portico?sslmode=disable", want: []string{"::1"}},
		{name: "an IPv6 address with a port", address: "postgres://[::1]:5432/portico?sslmode=disable", want: []string{"::1"}},
		{name: "PGSSLMODE=disable", address: db, environ: "PGSSLMODE=disable", want: []string{"db.example"}},
		{name: "PGSSLMODE=verify-full", address: db, environ: "PGSSLMODE=verify-full"},
		{name: "PGSSLMODE=verify-full that the URL overrides", address: db + "?sslmode=require", environ: "PGSSLMODE=verify-full", want: []string{"db.example"}},
		{name: "PGHOSTADDR", address: "postgres://localhost/portico", environ: "PGHOSTADDR=10.0.0.7", want: []string{"10.0.0.7"}},
		{name: "an invalid URL", address: "postgres://%"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if name, value, set := strings.Cut(test.environ, "="); set {
				t.Setenv(name, value)
			}
			testkit.WantEqual(t, "hosts", postgres.UnverifiedHosts(test.address), test.want)
		})
	}
}

func TestReady(t *testing.T) {
	t.Run("succeeds with all migrations", func(t *testing.T) {
		t.Parallel()
		testkit.Must(t, newDB(t).Ready(t.Context()))
	})

	t.Run("fails without migrations", func(t *testing.T) {
		t.Parallel()
		testkit.WantError(t, openDB(t, newEmptyURL(t)).Ready(t.Context()), ports.ErrUnavailable)
	})

	t.Run("fails without the newest migration", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		_, err := db.MigrateDown(t.Context())
		testkit.Must(t, err)
		testkit.WantError(t, db.Ready(t.Context()), ports.ErrUnavailable)
	})

	t.Run("fails if no server listens", func(t *testing.T) {
		t.Parallel()
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		testkit.Must(t, err)
		testkit.Must(t, closed.Close())
		testkit.WantError(t, openDB(t, "postgres://ann:secret@"+closed.Addr().String()+"/portico?sslmode=disable").Ready(t.Context()), ports.ErrUnavailable)
	})

	t.Run("fails if the server never answers", func(t *testing.T) {
		t.Parallel()
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		testkit.Must(t, err)
		defer silent.Close()
		begun := time.Now()
		testkit.WantError(t, openDB(t, "postgres://ann:secret@"+silent.Addr().String()+"/portico?sslmode=disable&connect_timeout=1").Ready(t.Context()), ports.ErrUnavailable)
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it took %s, want about a second", took)
		}
	})

	t.Run("fails if there are too many connections", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		pgtest.RawSQL(t, address).MustExec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$`)
		testkit.WantError(t, openDB(t, address).Ready(t.Context()), ports.ErrUnavailable)
	})
}

func TestLimits(t *testing.T) {
	t.Run("a statement that takes too long is cancelled", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		lock(t, address, `LOCK TABLE outbox`)
		_, _, err := openDB(t, pgtest.With(address, "statement_timeout=100ms&lock_timeout=0")).Outbox().Backlog(t.Context())
		testkit.WantError(t, err, ports.ErrUnavailable)
	})

	t.Run("a statement that waits too long for a lock fails", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		lock(t, address, `INSERT INTO inbox VALUES ('notes', 'e1')`)
		_, err := postgres.NewInbox(openDB(t, pgtest.With(address, "lock_timeout=100ms"))).FirstTime(t.Context(), "notes", "e1")
		testkit.WantError(t, err, ports.ErrUnavailable)
	})

	t.Run("a connection that receives no replies is discarded", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, pgtest.With(pgtest.NewURL(t), "pool_max_conns=1&statement_timeout=1s"))
		db := openDB(t, line.URL)
		testkit.Must(t, db.Ready(t.Context()))
		line.HalfOpen()
		_, _, err := db.Outbox().Backlog(t.Context())
		testkit.WantError(t, err, ports.ErrUnavailable)
		line.Restore()
		testkit.Must(t, db.Ready(t.Context()))
	})

	t.Run("a statement is cancelled when its context ends, and its connection can be reused", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, pgtest.With(address, "pool_max_conns=1"))
		testkit.Must(t, db.Ready(t.Context()))
		unlock := lock(t, address, `LOCK TABLE outbox`)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, _, err := db.Outbox().Backlog(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
		}
		unlock()
		_, _, err := db.Outbox().Backlog(t.Context())
		testkit.Must(t, err)
	})

	t.Run("a caller waits for a connection only until its context ends", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, pgtest.With(pgtest.NewURL(t), "pool_max_conns=1"))
		testkit.Must(t, db.Do(t.Context(), func(ctx context.Context, _ postgres.Session) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			if err := db.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with the only connection in use: got error %v, want %v", err, context.DeadlineExceeded)
			}
			return nil
		}))
	})

	t.Run("many callers share the connections of the pool", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		db := openDB(t, pgtest.With(address, "pool_max_conns=3"))
		testkit.RunConcurrently(50, func(i int) {
			id := ports.EventID(fmt.Sprint("e", i))
			if first, err := postgres.NewInbox(db).FirstTime(t.Context(), "notes", id); !first || err != nil {
				t.Errorf("got %t, %v, want true", first, err)
			}
			store(t, db, string(id), contract.Noted{})
		})
		var used int
		testkit.Must(t, pgtest.RawSQL(t, address).Get(&used, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'portico'`))
		if used == 0 || used > 3 {
			t.Errorf("%d connections are in use, want up to 3", used)
		}
	})

	t.Run("a transaction that is idle for too long is rolled back", func(t *testing.T) {
		t.Parallel()
		address := pgtest.NewURL(t)
		store(t, openDB(t, address), "a1", contract.Noted{}, contract.Noted{})
		db := openDB(t, pgtest.With(address, "idle_in_transaction_session_timeout=200ms"))
		onlooker := pgtest.RawSQL(t, address)
		_, err := db.Outbox().Relay(t.Context(), 10, func(context.Context, []platform.Event) error {
			for idle := true; idle; time.Sleep(20 * time.Millisecond) {
				testkit.Must(t, onlooker.Get(&idle, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`))
			}
			return nil
		})
		testkit.WantError(t, err, ports.ErrUnavailable)
		count, _, err := db.Outbox().Backlog(t.Context())
		testkit.Must(t, err)
		if count != 2 {
			t.Errorf("%d events wait, want both", count)
		}
	})
}

// lock runs a statement in a transaction that stays open until unlock is called.
func lock(t *testing.T, address, statement string) (unlock func()) {
	t.Helper()
	tx, err := pgtest.RawSQL(t, address).Begin()
	testkit.Must(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	_, err = tx.Exec(statement)
	testkit.Must(t, err)
	return func() { _ = tx.Rollback() }
}

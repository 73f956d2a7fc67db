package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/event"
	"example.com/portico/migrations"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

// newURL makes a database with its schema, for the duration of the test.
func newURL(t testing.TB) string {
	t.Helper()
	return servers.PostgresFrom(t, migrations.Postgres, func(ctx context.Context, address string) error {
		db, err := postgres.Open(address, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.MigrateUp(ctx)
		return err
	})
}

// newEmptyURL makes a database without a schema, for the duration of the test.
func newEmptyURL(t testing.TB) string {
	t.Helper()
	return servers.Postgres(t)
}

// newDB opens a database with its schema, for the duration of the test.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, newURL(t))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address, contract.Notes{})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() }) // its connections may already be cut
	return db
}

// with adds parameters to a database's URL.
func with(address, parameters string) string {
	if strings.Contains(address, "?") {
		return address + "&" + parameters
	}
	return address + "?" + parameters
}

// rawSQL opens a database without the adapter.
func rawSQL(t testing.TB, address string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", address)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// store stores events of the aggregate in one transaction, as a store does.
func store(t testing.TB, s postgres.Session, aggregate string, events ...event.Event) {
	t.Helper()
	must(t, s.Write(t.Context(), func(c sqlstore.Conn) error {
		return s.StoreEvents(t.Context(), c, aggregate, events)
	}))
}

// inParallel runs do n times in parallel.
func inParallel(n int, do func(i int)) {
	start := make(chan struct{})
	var runners sync.WaitGroup
	for i := range n {
		runners.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	runners.Wait()
}

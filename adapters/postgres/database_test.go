package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/postgres"
	"example.com/portico/migrations"
	"example.com/portico/tests/integration/servers"
)

// newURL makes a database with its schema, for as long as the test.
func newURL(t testing.TB) string {
	t.Helper()
	return servers.PostgresFrom(t, migrations.Postgres, func(ctx context.Context, address string) error {
		db, err := postgres.Open(address)
		if err != nil {
			return err
		}
		defer db.Close()
		return db.MigrateUp(ctx)
	})
}

// newEmptyURL makes a database without a schema, for as long as the test.
func newEmptyURL(t testing.TB) string {
	t.Helper()
	return servers.Postgres(t)
}

// newDB opens a database with its schema, for as long as the test.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, newURL(t))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() }) // its connections may be cut already
	return db
}

// with adds parameters to a database's URL.
func with(address, parameters string) string {
	if strings.Contains(address, "?") {
		return address + "&" + parameters
	}
	return address + "?" + parameters
}

// rawSQL reaches into a database past the adapter.
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

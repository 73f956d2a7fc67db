// Package pgtest opens PostgreSQL databases in tests.
package pgtest

import (
	"context"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq" // the driver of RawSQL

	"example.com/portico/adapters/postgres"
	"example.com/portico/migrations"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// NewURL creates a database with the schema for the test, and returns its URL.
func NewURL(t testing.TB) string {
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

// Open opens a database for the duration of the test.
func Open(t testing.TB, address string, codec platform.EventCodec) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address, codec)
	testkit.Must(t, err)
	t.Cleanup(func() { _ = db.Close() }) // its connections may already be cut
	return db
}

// RawSQL opens a database without the adapter, for the duration of the test.
func RawSQL(t testing.TB, address string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", address)
	testkit.Must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// With adds parameters to the URL of a database.
func With(address, parameters string) string {
	if strings.Contains(address, "?") {
		return address + "&" + parameters
	}
	return address + "?" + parameters
}

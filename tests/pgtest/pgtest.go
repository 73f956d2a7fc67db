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

// NewURL creates a migrated database for the test, and returns its URL.
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

// AsService grants the role of the service what docs/settings.md describes, and returns
// the URL with which that role connects to the database. The role reads and changes all
// rows, but cannot change the schema.
func AsService(t testing.TB, address string) string {
	t.Helper()
	RawSQL(t, address).MustExec(strings.ReplaceAll(`
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portico_service;
		REVOKE INSERT, UPDATE, DELETE ON goose_db_version, staff_roles FROM portico_service;
		ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portico_service`,
		"portico_service", servers.PostgresService))
	return With(address, "role="+servers.PostgresService)
}

// Open opens a database for the duration of the test.
func Open(t testing.TB, address string, codec platform.EventCodec) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address, codec)
	testkit.Must(t, err)
	t.Cleanup(func() { _ = db.Close() }) // fails if the test has cut its connections
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

// WithLongLimits raises the time limits in the URL of a database. Use it in tests that do
// not test the limits, because a busy machine can exceed the defaults.
func WithLongLimits(address string) string {
	return With(address, "connect_timeout=60&statement_timeout=60s&lock_timeout=60s")
}

package pgstores_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/migrations"
	"example.com/portico/ports"
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

// newDB opens a database with its schema, for the duration of the test.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, newURL(t))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(address, boxofficeevents.Codec())
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

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("got error %v, want %v", err, ports.ErrUnavailable)
	}
}

func wantNotFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("got error %v, want %v", err, ports.ErrNotFound)
	}
}

package postgres_test

import (
	"testing"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/event"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// newEmptyURL returns the URL of a new database without a schema.
func newEmptyURL(t testing.TB) string {
	t.Helper()
	return servers.Postgres(t)
}

// newDB returns a new database with the schema. The database is closed when the test
// ends.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, pgtest.NewURL(t))
}

// store writes events of an aggregate to the outbox.
func store(t testing.TB, s postgres.Session, aggregate string, events ...event.Event) {
	t.Helper()
	testkit.Must(t, s.Write(t.Context(), func(c sqlstore.Conn) error {
		return s.StoreEvents(t.Context(), c, aggregate, events)
	}))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	return pgtest.Open(t, address, contract.Notes{})
}

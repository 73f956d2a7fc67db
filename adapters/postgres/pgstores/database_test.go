package pgstores_test

import (
	"testing"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/tests/pgtest"
)

// newDB returns a new database with the schema. The database is closed when the test
// ends.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, pgtest.NewURL(t))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	return pgtest.Open(t, address, boxofficeevents.Codec())
}

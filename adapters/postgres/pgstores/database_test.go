package pgstores_test

import (
	"testing"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/tests/pgtest"
)

// newDB opens a database with its schema, for the duration of the test.
func newDB(t testing.TB) *postgres.DB {
	t.Helper()
	return openDB(t, pgtest.NewURL(t))
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	return pgtest.Open(t, address, boxofficeevents.Codec())
}

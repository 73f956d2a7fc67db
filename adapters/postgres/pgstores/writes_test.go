package pgstores_test

import (
	"testing"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/show"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestUpdatingAShowWithoutAChangeWritesNothing reads ctid, the place of the row's current
// version in the table.
func TestUpdatingAShowWithoutAChangeWritesNothing(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	stores := pgstores.New(openDB(t, address))
	sh := newShow(t, "s1", "globe")
	testkit.Must(t, stores.Shows.Add(t.Context(), sh))
	raw := pgtest.RawSQL(t, address)
	version := func() (v string) {
		testkit.Must(t, raw.Get(&v, `SELECT ctid::text FROM shows`))
		return v
	}
	update := func(change func(*show.Show) error) {
		t.Helper()
		_, err := stores.Shows.Update(t.Context(), sh.ID(), change)
		testkit.Must(t, err)
	}

	before := version()
	update(openShow)
	testkit.WantEqual(t, "version of the row after opening an open show", version(), before)
	update(cancelShow)
	if version() == before {
		t.Error("cancelling the show did not change the version of the row")
	}
}

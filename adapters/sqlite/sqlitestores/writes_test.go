package sqlitestores_test

import (
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/domain/show"
	"example.com/portico/tests/testkit"
)

// TestUpdatingAShowWithoutAChangeWritesNothing reads data_version, which changes when
// another connection commits a write.
func TestUpdatingAShowWithoutAChangeWritesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	stores := sqlitestores.New(newDBAt(t, path))
	sh := newShow(t)
	testkit.Must(t, stores.Shows.Add(t.Context(), sh))
	raw, err := sqlx.Open("sqlite", "file:"+path)
	testkit.Must(t, err)
	defer raw.Close()
	raw.SetMaxOpenConns(1) // other connections count separately
	version := func() (v int) {
		testkit.Must(t, raw.Get(&v, `PRAGMA data_version`))
		return v
	}
	update := func(change func(*show.Show) error) {
		t.Helper()
		_, err := stores.Shows.Update(t.Context(), sh.ID(), change)
		testkit.Must(t, err)
	}

	before := version()
	update(openShow)
	testkit.WantEqual(t, "data version after opening an open show", version(), before)
	update(cancelShow)
	if version() == before {
		t.Error("cancelling the show did not change the data version")
	}
}

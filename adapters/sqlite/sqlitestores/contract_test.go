package sqlitestores_test

import (
	"path/filepath"
	"testing"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/testkit"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	t.Parallel()
	boxoffice.RunStores(t, func(t *testing.T) boxoffice.Stores {
		t.Helper()
		path := filepath.Join(t.TempDir(), "portico.db")
		return contractStores(newDBAt(t, path), path)
	})
}

// contractStores sets Reopen, because the stores are durable. It does not set
// OpenAnother, because only one process at a time uses the file.
func contractStores(db *sqlite.DB, path string) boxoffice.Stores {
	return boxoffice.Stores{
		Stores: sqlitestores.New(db), UnitOfWork: sqlitestores.UnitOfWork(db), Outbox: db.Outbox(), SeatMaps: sqlitestores.SeatMaps(db),
		Reopen: func(t *testing.T) boxoffice.Stores {
			t.Helper()
			testkit.Must(t, db.Close())
			return contractStores(newDBAt(t, path), path)
		},
	}
}

package sqlitestores_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/starter/eventjson/invitationevents"
	"example.com/portico/adapters/starter/sqlite/sqlitestores"
	migrations "example.com/portico/migrations/starter"
	"example.com/portico/tests/contract/starter/invitations"
	"example.com/portico/tests/testkit"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	t.Parallel()
	invitations.RunStores(t, func(t *testing.T) invitations.Stores {
		t.Helper()
		path := filepath.Join(t.TempDir(), "portico.db")
		return contractStores(newDBAt(t, path), path)
	})
}

// contractStores sets Reopen, because the stores are durable. It does not set
// OpenAnother, because only one process at a time uses the file.
func contractStores(db *sqlite.DB, path string) invitations.Stores {
	return invitations.Stores{
		Stores: sqlitestores.New(db), UnitOfWork: sqlitestores.UnitOfWork(db), Outbox: db.Outbox(),
		Reopen: func(t *testing.T) invitations.Stores {
			t.Helper()
			testkit.Must(t, db.Close())
			return contractStores(newDBAt(t, path), path)
		},
	}
}

// TestSchemaRefuses checks that the schema rejects invalid data even if the code does
// not.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	newDBAt(t, path)
	raw, err := sqlx.Open("sqlite", "file:"+path)
	testkit.Must(t, err)
	defer raw.Close()
	raw.MustExec(`INSERT INTO invitations VALUES
		('i1', 'globe', 'gus@example.com', 'mia', 'pending', 1, 2), ('i2', 'globe', 'gus@example.com', 'mia', 'expired', 1, 2)`)

	for _, test := range []struct {
		name      string
		statement string
		code      int
	}{
		{"a second pending invitation for an address", `UPDATE invitations SET status = 'pending' WHERE id = 'i2'`, sqlite3.SQLITE_CONSTRAINT_UNIQUE},
		{"an unknown status", `UPDATE invitations SET status = 'lost'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := raw.Exec(test.statement)
			if e, ok := errors.AsType[*driver.Error](err); !ok || e.Code() != test.code {
				t.Errorf("got %v, want result code %d", err, test.code)
			}
		})
	}
}

func TestMigrationsCanBeRolledBack(t *testing.T) {
	t.Parallel()
	db := newDBAt(t, filepath.Join(t.TempDir(), "portico.db"))
	all, err := db.Migrations(t.Context())
	testkit.Must(t, err)
	testkit.WantEqual(t, "number of migrations", len(all), 4)
	for range all {
		_, err := db.MigrateDown(t.Context())
		testkit.Must(t, err)
	}
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)
}

// newDBAt creates or opens a database, migrates it, and closes it when the test ends.
func newDBAt(t testing.TB, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, invitationevents.Codec())
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, db.Close()) })
	db.Scripts = migrations.SQLite
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)
	return db
}

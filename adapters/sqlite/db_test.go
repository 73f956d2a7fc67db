package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

func TestOpen(t *testing.T) {
	t.Run("creates the file, whatever its name", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "box office 50% & more?#.db")
		openDB(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})

	t.Run("opens a file that it created", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		for range 2 {
			db := openDB(t, path)
			if err := db.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})

	t.Run("lets several processes create the same file at once", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		var openers errgroup.Group
		for range 8 {
			openers.Go(func() error {
				db, err := sqlite.Open(t.Context(), path, contract.Notes{})
				if err != nil {
					return err
				}
				return db.Close()
			})
		}
		if err := openers.Wait(); err != nil {
			t.Error(err)
		}
	})

	t.Run("refuses a file that is not a database", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		if err := os.WriteFile(path, []byte(strings.Repeat("to be or not to be\n", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		mustRefuse(t, path, "it is not a SQLite database")
	})

	t.Run("refuses the database of another application", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "other.db")
		rawSQL(t, path).MustExec(`CREATE TABLE shows (id INTEGER)`)
		mustRefuse(t, path, "it belongs to another application")
	})

	t.Run("refuses a path whose folder does not exist", func(t *testing.T) {
		t.Parallel()
		mustRefuse(t, filepath.Join(t.TempDir(), "nowhere", "portico.db"), "unable to open database file")
	})
}

func mustRefuse(t *testing.T, path, reason string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, contract.Notes{})
	if err == nil {
		_ = db.Close()
		t.Fatal("the database was opened")
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), reason) {
		t.Errorf("got error %q, want the path and %q", err, reason)
	}
}

// newDB creates a database with the schema but no data, and closes it when the test ends.
func newDB(t *testing.T) *sqlite.DB {
	t.Helper()
	return newDBAt(t, filepath.Join(t.TempDir(), "portico.db"))
}

func newDBAt(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db := openDB(t, path)
	_, err := db.MigrateUp(t.Context())
	testkit.Must(t, err)
	return db
}

func openDB(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, contract.Notes{})
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, db.Close()) })
	return db
}

// rawSQL opens a database file, bypassing the adapter.
func rawSQL(t *testing.T, path string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+path+"?_foreign_keys=on")
	testkit.Must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/sqlite"
)

func TestOpen(t *testing.T) {
	t.Run("makes the file where there is none, whatever its name", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "box office 50% & more?#.db")
		openDB(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})

	t.Run("opens its own file again", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		for range 2 {
			db := openDB(t, path)
			if err := db.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})

	t.Run("lets several processes make the same file at once", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		var openers errgroup.Group
		for range 8 {
			openers.Go(func() error {
				db, err := sqlite.Open(t.Context(), path)
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

	t.Run("refuses a file that is no database", func(t *testing.T) {
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

	t.Run("refuses a folder that is not there", func(t *testing.T) {
		t.Parallel()
		mustRefuse(t, filepath.Join(t.TempDir(), "nowhere", "portico.db"), "unable to open database file")
	})
}

func mustRefuse(t *testing.T, path, reason string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err == nil {
		_ = db.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), reason) {
		t.Errorf("error %q, want the path and %q", err, reason)
	}
}

// newDB makes an empty database with its schema, for as long as the test.
func newDB(t *testing.T) *sqlite.DB {
	t.Helper()
	return newDBAt(t, filepath.Join(t.TempDir(), "portico.db"))
}

func newDBAt(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db := openDB(t, path)
	must(t, db.MigrateUp(t.Context()))
	return db
}

func openDB(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// rawSQL reaches into a file past the adapter.
func rawSQL(t *testing.T, path string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+path+"?_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

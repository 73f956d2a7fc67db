package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/migrations"
)

func TestMigrations(t *testing.T) {
	t.Run("go up, all the way down, and up again", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		db := openDB(t, path)
		bare := schema(t, path)

		must(t, db.MigrateUp(t.Context()))
		whole := schema(t, path)
		must(t, db.MigrateUp(t.Context())) // there is nothing left to do
		steps, err := db.Migrations(t.Context())
		must(t, err)
		for _, s := range steps {
			if s.AppliedAt.IsZero() {
				t.Errorf("%s is not applied", s.Name)
			}
		}

		for range steps {
			must(t, db.MigrateDown(t.Context()))
		}
		if diff := cmp.Diff(bare, schema(t, path)); diff != "" {
			t.Errorf("what is left at the bottom:\n%s", diff)
		}
		if err := db.MigrateDown(t.Context()); err == nil {
			t.Error("there was one more to take back")
		}

		must(t, db.MigrateUp(t.Context()))
		if diff := cmp.Diff(whole, schema(t, path)); diff != "" {
			t.Errorf("the second time up:\n%s", diff)
		}
	})

	t.Run("are listed before they are applied", func(t *testing.T) {
		t.Parallel()
		steps, err := openDB(t, filepath.Join(t.TempDir(), "portico.db")).Migrations(t.Context())
		must(t, err)
		want := []migrations.Migration{{Version: 1, Name: "0001_messages.sql"}, {Version: 2, Name: "0002_box_office.sql"}}
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("are applied once by several processes at once", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		var processes errgroup.Group
		for range 4 {
			processes.Go(func() error {
				db, err := sqlite.Open(t.Context(), path)
				if err != nil {
					return err
				}
				defer db.Close()
				return db.MigrateUp(t.Context())
			})
		}
		must(t, processes.Wait())
		var versions []int
		must(t, rawSQL(t, path).Select(&versions, `SELECT version_id FROM goose_db_version ORDER BY id`))
		if diff := cmp.Diff([]int{0, 1, 2}, versions); diff != "" {
			t.Errorf("versions applied:\n%s", diff)
		}
	})

	t.Run("keep what is stored", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t)))
		must(t, db.MigrateUp(t.Context()))
		_, err := db.Stores().Shows.Get(t.Context(), newShow(t).ID())
		must(t, err)
	})

}

// schema is what there is but goose's own table.
func schema(t *testing.T, path string) []string {
	t.Helper()
	var statements []string
	must(t, rawSQL(t, path).Select(&statements, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name`))
	return statements
}

package sqlite_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/migrations"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

func TestMigrations(t *testing.T) {
	t.Run("are applied, rolled back, and applied again", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		db := openDB(t, path)
		bare := schema(t, path)

		applied, err := db.MigrateUp(t.Context())
		testkit.Must(t, err)
		var names []string
		for _, m := range embedded(t) {
			names = append(names, m.Name)
		}
		wantNames(t, applied, names...)
		whole := schema(t, path)
		applied, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
		wantNames(t, applied)
		steps, err := db.Migrations(t.Context())
		testkit.Must(t, err)
		for _, s := range steps {
			if s.AppliedAt.IsZero() {
				t.Errorf("%s is not applied", s.Name)
			}
		}

		for _, s := range slices.Backward(steps) {
			rolledBack, err := db.MigrateDown(t.Context())
			testkit.Must(t, err)
			wantNames(t, []platform.Migration{rolledBack}, s.Name)
		}
		if diff := cmp.Diff(bare, schema(t, path)); diff != "" {
			t.Errorf("what is left at the bottom:\n%s", diff)
		}
		if m, err := db.MigrateDown(t.Context()); err == nil {
			t.Errorf("rolled back %v, want nothing left", m)
		}

		_, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
		if diff := cmp.Diff(whole, schema(t, path)); diff != "" {
			t.Errorf("the second time up:\n%s", diff)
		}
	})

	t.Run("are listed before they are applied", func(t *testing.T) {
		t.Parallel()
		steps, err := openDB(t, filepath.Join(t.TempDir(), "portico.db")).Migrations(t.Context())
		testkit.Must(t, err)
		if diff := cmp.Diff(embedded(t), steps); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("are applied only once when several processes migrate at the same time", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		var processes errgroup.Group
		for range 4 {
			processes.Go(func() error {
				db, err := sqlite.Open(t.Context(), path, contract.Notes{})
				if err != nil {
					return err
				}
				defer db.Close()
				_, err = db.MigrateUp(t.Context())
				return err
			})
		}
		testkit.Must(t, processes.Wait())
		var versions []int64
		testkit.Must(t, rawSQL(t, path).Select(&versions, `SELECT version_id FROM goose_db_version ORDER BY id`))
		want := []int64{0} // goose's own
		for _, m := range embedded(t) {
			want = append(want, m.Version)
		}
		if diff := cmp.Diff(want, versions); diff != "" {
			t.Errorf("versions applied:\n%s", diff)
		}
	})

	t.Run("keep stored data when MigrateUp runs again", func(t *testing.T) {
		t.Parallel()
		db := newDB(t)
		store(t, db, contract.Noted{})
		_, err := db.MigrateUp(t.Context())
		testkit.Must(t, err)
		if n, _, err := db.Outbox().Backlog(t.Context()); n != 1 || err != nil {
			t.Errorf("got %d events, %v, want 1", n, err)
		}
	})
}

func wantNames(t *testing.T, got []platform.Migration, want ...string) {
	t.Helper()
	var names []string
	for _, m := range got {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("got migrations %v, want %v", names, want)
	}
}

// schema returns all CREATE statements except those of goose and SQLite.
func schema(t *testing.T, path string) []string {
	t.Helper()
	var statements []string
	testkit.Must(t, rawSQL(t, path).Select(&statements, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name`))
	return statements
}

// embedded derives the expected migrations from the files, which depend on the domain.
func embedded(t *testing.T) (all []platform.Migration) {
	t.Helper()
	files, err := fs.Glob(migrations.SQLite, "*/*.sql")
	testkit.Must(t, err)
	for i, file := range files {
		all = append(all, platform.Migration{Version: int64(i + 1), Name: path.Base(file)})
	}
	return all
}

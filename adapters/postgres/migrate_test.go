package postgres_test

import (
	"io/fs"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/postgres"
	"example.com/portico/migrations"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestMigrations(t *testing.T) {
	t.Run("can be applied, rolled back and applied again", func(t *testing.T) {
		t.Parallel()
		address := newEmptyURL(t)
		db := openDB(t, address)
		steps, err := db.Migrations(t.Context())
		testkit.Must(t, err)
		bare := schema(t, address)

		applied, err := db.MigrateUp(t.Context())
		testkit.Must(t, err)
		if diff := cmp.Diff(steps, applied); diff != "" {
			t.Errorf("the first time up:\n%s", diff)
		}
		whole := schema(t, address)
		applied, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
		if len(applied) != 0 {
			t.Errorf("the second time up applied %v, want nothing", applied)
		}
		store(t, db, "a1", contract.Noted{})
		all, err := db.Migrations(t.Context())
		testkit.Must(t, err)
		for _, s := range all {
			if s.AppliedAt.IsZero() {
				t.Errorf("%s is not applied", s.Name)
			}
		}

		for _, want := range slices.Backward(steps) {
			got, err := db.MigrateDown(t.Context())
			testkit.Must(t, err)
			if got != want {
				t.Errorf("rolled back %v, want %v", got, want)
			}
		}
		if diff := cmp.Diff(bare, schema(t, address)); diff != "" {
			t.Errorf("what is left at the bottom:\n%s", diff)
		}
		if m, err := db.MigrateDown(t.Context()); err == nil {
			t.Errorf("rolled back %v, want nothing left", m)
		}

		_, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
		if diff := cmp.Diff(whole, schema(t, address)); diff != "" {
			t.Errorf("up after all the way down:\n%s", diff)
		}
		store(t, db, "a1", contract.Noted{})
	})

	t.Run("are listed before they are applied", func(t *testing.T) {
		t.Parallel()
		steps, err := openDB(t, newEmptyURL(t)).Migrations(t.Context())
		testkit.Must(t, err)
		if diff := cmp.Diff(embedded(t), steps); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("are applied only once when several processes migrate at the same time", func(t *testing.T) {
		t.Parallel()
		address := newEmptyURL(t)
		var processes errgroup.Group
		for range 4 {
			processes.Go(func() error {
				db, err := postgres.Open(address, contract.Notes{})
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
		testkit.Must(t, pgtest.RawSQL(t, address).Select(&versions, `SELECT version_id FROM goose_db_version ORDER BY id`))
		want := []int64{0} // goose's own
		for _, m := range embedded(t) {
			want = append(want, m.Version)
		}
		if diff := cmp.Diff(want, versions); diff != "" {
			t.Errorf("versions applied:\n%s", diff)
		}
	})

	t.Run("have no time limit", func(t *testing.T) {
		t.Parallel()
		_, err := openDB(t, pgtest.With(newEmptyURL(t), "statement_timeout=1")).MigrateUp(t.Context())
		testkit.Must(t, err)
	})
}

// schema describes the database schema. Of goose's table, it includes only the triggers.
func schema(t *testing.T, address string) []string {
	t.Helper()
	var found []string
	testkit.Must(t, pgtest.RawSQL(t, address).Select(&found, `
		SELECT 'relation ' || relname || ' ' || relkind::text || ' ' || relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'goose%'
		UNION ALL
		SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'
		UNION ALL
		SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'goose%'
		UNION ALL
		SELECT 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || qual FROM pg_policies
		UNION ALL
		SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL
		SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e') -- of an extension, which stays
		ORDER BY 1`))
	return found
}

// embedded returns the migrations that the program contains, as if none were applied.
func embedded(t *testing.T) (all []platform.Migration) {
	t.Helper()
	files, err := fs.Glob(migrations.Postgres, "*/*.sql")
	testkit.Must(t, err)
	for i, file := range files {
		all = append(all, platform.Migration{Version: int64(i + 1), Name: path.Base(file)})
	}
	return all
}

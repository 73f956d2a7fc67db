package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/postgres"
	"example.com/portico/migrations"
)

func TestMigrations(t *testing.T) {
	t.Run("go up, all the way down, and up again", func(t *testing.T) {
		t.Parallel()
		address := newEmptyURL(t)
		db := openDB(t, address)
		steps, err := db.Migrations(t.Context())
		must(t, err)
		bare := schema(t, address)

		must(t, db.MigrateUp(t.Context()))
		whole := schema(t, address)
		must(t, db.MigrateUp(t.Context())) // there is nothing left to do
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
		applied, err := db.Migrations(t.Context())
		must(t, err)
		for _, s := range applied {
			if s.AppliedAt.IsZero() {
				t.Errorf("%s is not applied", s.Name)
			}
		}

		for range steps {
			must(t, db.MigrateDown(t.Context()))
		}
		if diff := cmp.Diff(bare, schema(t, address)); diff != "" {
			t.Errorf("what is left at the bottom:\n%s", diff)
		}
		if err := db.MigrateDown(t.Context()); err == nil {
			t.Error("there was one more to take back")
		}

		must(t, db.MigrateUp(t.Context()))
		if diff := cmp.Diff(whole, schema(t, address)); diff != "" {
			t.Errorf("the second time up:\n%s", diff)
		}
		must(t, db.Stores().Shows.Add(t.Context(), newShow(t, "s1", "globe")))
	})

	t.Run("are listed before they are applied", func(t *testing.T) {
		t.Parallel()
		steps, err := openDB(t, newEmptyURL(t)).Migrations(t.Context())
		must(t, err)
		want := []migrations.Migration{
			{Version: 1, Name: "0001_messages.sql"},
			{Version: 2, Name: "0002_box_office.sql"},
			{Version: 3, Name: "0003_organisation_isolation.sql"},
		}
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("are applied once by several processes at once", func(t *testing.T) {
		t.Parallel()
		address := newEmptyURL(t)
		var processes errgroup.Group
		for range 4 {
			processes.Go(func() error {
				db, err := postgres.Open(address)
				if err != nil {
					return err
				}
				defer db.Close()
				return db.MigrateUp(t.Context())
			})
		}
		must(t, processes.Wait())
		var versions []int
		must(t, rawSQL(t, address).Select(&versions, `SELECT version_id FROM goose_db_version ORDER BY id`))
		if diff := cmp.Diff([]int{0, 1, 2, 3}, versions); diff != "" {
			t.Errorf("versions applied:\n%s", diff)
		}
	})

	t.Run("have no time limit", func(t *testing.T) {
		t.Parallel()
		must(t, openDB(t, with(newEmptyURL(t), "statement_timeout=1")).MigrateUp(t.Context()))
	})
}

// schema is what there is but goose's own table.
func schema(t *testing.T, address string) []string {
	t.Helper()
	var found []string
	must(t, rawSQL(t, address).Select(&found, `
		SELECT 'relation ' || relname || ' ' || relkind::text || ' ' || relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'goose%'
		UNION ALL
		SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'
		UNION ALL
		SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'goose%'
		UNION ALL
		SELECT 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || qual FROM pg_policies
		UNION ALL
		SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		ORDER BY 1`))
	return found
}

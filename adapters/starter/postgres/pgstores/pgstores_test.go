package pgstores_test

import (
	"context"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/starter/eventjson/invitationevents"
	"example.com/portico/adapters/starter/postgres/pgstores"
	migrations "example.com/portico/migrations/starter"
	"example.com/portico/ports"
	"example.com/portico/tests/contract/starter/invitations"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	t.Parallel()
	invitations.RunStores(t, func(t *testing.T) invitations.Stores {
		t.Helper()
		address := pgtest.WithLongLimits(pgtest.AsService(t, newURL(t)))
		return contractStores(openDB(t, address), address)
	})
}

// contractStores sets Reopen and OpenAnother, because the database is durable and shared.
func contractStores(db *postgres.DB, address string) invitations.Stores {
	openAnother := func(t *testing.T) invitations.Stores {
		t.Helper()
		return contractStores(openDB(t, address), address)
	}
	return invitations.Stores{
		Stores: pgstores.New(db), UnitOfWork: pgstores.UnitOfWork(db), Outbox: db.Outbox(),
		Reopen: func(t *testing.T) invitations.Stores {
			t.Helper()
			testkit.Must(t, db.Close())
			return openAnother(t)
		},
		OpenAnother: openAnother,
	}
}

// TestSchemaRefuses checks constraints that protect against errors in the code.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	raw := pgtest.RawSQL(t, newURL(t))
	raw.MustExec(`INSERT INTO invitations VALUES
		('i1', 'globe', 'gus@example.com', 'mia', 'pending', now(), now()), ('i2', 'globe', 'gus@example.com', 'mia', 'expired', now(), now())`)
	for _, test := range []struct {
		name      string
		statement string
		code      pqerror.Code
	}{
		{"a second pending invitation for an address", `UPDATE invitations SET status = 'pending' WHERE id = 'i2'`, pqerror.UniqueViolation},
		{"an unknown status", `UPDATE invitations SET status = 'lost'`, pqerror.CheckViolation},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := raw.ExecContext(t.Context(), test.statement); pq.As(err, test.code) == nil {
				t.Errorf("got %v, want code %s", err, test.code)
			}
		})
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	db := openDB(t, servers.Postgres(t))

	t.Run("are needed before the database is ready", func(t *testing.T) {
		testkit.WantError(t, db.Ready(t.Context()), ports.ErrUnavailable)
		_, err := db.MigrateUp(t.Context())
		testkit.Must(t, err)
		testkit.Must(t, db.Ready(t.Context()))
	})

	t.Run("can be rolled back", func(t *testing.T) {
		all, err := db.Migrations(t.Context())
		testkit.Must(t, err)
		testkit.WantEqual(t, "number of migrations", len(all), 4)
		for range all {
			_, err := db.MigrateDown(t.Context())
			testkit.Must(t, err)
		}
		_, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
	})
}

// newURL creates a migrated database for the test, and returns its URL.
func newURL(t testing.TB) string {
	t.Helper()
	return servers.PostgresFrom(t, migrations.Postgres, func(ctx context.Context, address string) error {
		db, err := postgres.Open(address, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		db.Scripts = migrations.Postgres
		_, err = db.MigrateUp(ctx)
		return err
	})
}

func openDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	db := pgtest.Open(t, address, invitationevents.Codec())
	db.Scripts = migrations.Postgres
	return db
}

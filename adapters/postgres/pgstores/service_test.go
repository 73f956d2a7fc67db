package pgstores_test

import (
	"context"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestService uses a role that does not own the tables. TestStoresSatisfyTheContract uses
// the same role.
func TestService(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	asService := pgtest.AsService(t, address)
	sell(t, openDB(t, asService), "globe")

	t.Run("is ready and takes locks", func(t *testing.T) {
		t.Parallel()
		db := openDB(t, asService)
		testkit.Must(t, db.Ready(t.Context()))
		held, err := db.Locker().TryWithLock(t.Context(), "expire-holds", func(context.Context) error { return nil })
		testkit.Must(t, err)
		testkit.WantEqual(t, "held", held, true)
	})

	t.Run("uses tables of later migrations", func(t *testing.T) {
		t.Parallel()
		pgtest.RawSQL(t, address).MustExec(`CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY, reason text)`)
		_, err := pgtest.RawSQL(t, asService).ExecContext(t.Context(), `INSERT INTO refunds (reason) VALUES ('rain')`)
		testkit.Must(t, err)
	})

	t.Run("cannot change the schema, the version or who reads what", func(t *testing.T) {
		t.Parallel()
		service := pgtest.RawSQL(t, asService)
		for _, statement := range []string{
			`ALTER TABLE tickets DISABLE ROW LEVEL SECURITY`,
			`ALTER TABLE tickets ADD COLUMN note text`,
			`ALTER TABLE tickets DISABLE TRIGGER refuse_truncate`,
			`DROP TABLE inbox`,
			`DROP POLICY own ON shows`,
			`DROP FUNCTION refuse_truncate CASCADE`,
			`CREATE INDEX ON tickets (seat)`,
			`TRUNCATE outbox`,
			`UPDATE goose_db_version SET version_id = 0`,
			`DELETE FROM goose_db_version`,
			`INSERT INTO staff_roles VALUES ('mallory', 'globe')`,
		} {
			_, err := service.ExecContext(t.Context(), statement)
			if pq.As(err, pqerror.InsufficientPrivilege) == nil {
				t.Errorf("%s: got error %v, want insufficient privilege", statement, err)
			}
		}
	})
}

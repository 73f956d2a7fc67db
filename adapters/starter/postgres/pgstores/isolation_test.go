package pgstores_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestOrganisationsAreIsolated simulates an attacker who runs arbitrary SQL with a
// database role that has all privileges on all tables.
func TestOrganisationsAreIsolated(t *testing.T) {
	t.Parallel()
	address := newURL(t)
	owner := pgtest.RawSQL(t, address)
	owner.MustExec(`INSERT INTO invitations VALUES
		('i1', 'globe', 'gus@example.com', 'mia', 'pending', now(), now()), ('i2', 'rose', 'gus@example.com', 'rosa', 'pending', now(), now())`)
	owner.MustExec(`INSERT INTO outbox (message) VALUES ('{}')`)
	owner.MustExec(`INSERT INTO inbox VALUES ('send-invitation', 'e1')`)
	owner.MustExec(`INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (now(), 'olga', 'Remove', 'i1', '', 'asked')`)

	t.Run("a role of an organisation reads only that organisation's rows", func(t *testing.T) {
		staff := staffRole(t, address, "globe")
		for query, want := range map[string][]string{
			`SELECT id FROM invitations`:                             {"i1"},
			`SELECT id FROM invitations WHERE organisation = 'rose'`: nil,
			`SELECT organisation FROM staff_roles`:                   {"globe"},
			`SELECT message::text FROM outbox`:                       nil,
			`SELECT event_id FROM inbox`:                             nil,
			`SELECT operator FROM audit_log`:                         nil,
		} {
			var got []string
			testkit.Must(t, staff.SelectContext(t.Context(), &got, query))
			testkit.WantEqual(t, query, got, want)
		}
	})

	t.Run("a role without an organisation reads nothing", func(t *testing.T) {
		outsider := staffRole(t, address, "")
		for _, table := range []string{"invitations", "outbox", "inbox", "audit_log", "staff_roles", "goose_db_version"} {
			var n int
			testkit.Must(t, outsider.GetContext(t.Context(), &n, `SELECT count(*) FROM `+table))
			testkit.WantEqual(t, "rows of "+table, n, 0)
		}
	})

	t.Run("a role changes nothing, not even its organisation's rows", func(t *testing.T) {
		staff := staffRole(t, address, "globe")
		for _, statement := range []string{
			`UPDATE invitations SET status = 'accepted'`, `DELETE FROM invitations`, `DELETE FROM outbox`, `DELETE FROM inbox`,
			`UPDATE staff_roles SET organisation = 'rose'`, `DELETE FROM goose_db_version`,
		} {
			result, err := staff.ExecContext(t.Context(), statement)
			testkit.Must(t, err)
			if n, _ := result.RowsAffected(); n != 0 {
				t.Errorf("%s changed %d rows, want none", statement, n)
			}
		}
		for _, statement := range []string{
			`INSERT INTO staff_roles VALUES ('mallory', 'rose')`,
			`INSERT INTO invitations VALUES ('i3', 'globe', 'eve@example.com', 'mia', 'pending', now(), now())`,
			`TRUNCATE invitations`, `TRUNCATE outbox, inbox`, `TRUNCATE staff_roles`, `TRUNCATE goose_db_version`,
		} {
			if _, err := staff.ExecContext(t.Context(), statement); pq.As(err, pqerror.InsufficientPrivilege) == nil {
				t.Errorf("%s: got error %v, want insufficient privilege", statement, err)
			}
		}
	})

	t.Run("every table has policies and refuses TRUNCATE", func(t *testing.T) {
		var open []string
		testkit.Must(t, owner.SelectContext(t.Context(), &open, `
			SELECT relname FROM pg_class c
			WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND EXISTS (
				SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname IN ('refuse_truncate', 'append_only')))`))
		testkit.WantEqual(t, "unprotected tables", open, nil)
	})

	t.Run("the owner can truncate a table", func(t *testing.T) {
		_, err := pgtest.RawSQL(t, newURL(t)).ExecContext(t.Context(), `TRUNCATE invitations`)
		testkit.Must(t, err)
	})
}

// staffRole connects as a new role with all privileges on all tables. If organisation is
// empty, the role has no organisation.
func staffRole(t *testing.T, address, organisation string) *sqlx.DB {
	t.Helper()
	owner := pgtest.RawSQL(t, address)
	role := "staff_" + strings.ToLower(rand.Text()[:12])
	owner.MustExec(`CREATE ROLE ` + role)
	t.Cleanup(func() { owner.MustExec(`DROP OWNED BY ` + role + `; DROP ROLE ` + role) })
	owner.MustExec(`GRANT ` + role + ` TO CURRENT_USER`)
	owner.MustExec(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ` + role)
	if organisation != "" {
		owner.MustExec(`INSERT INTO staff_roles VALUES ($1, $2)`, role, organisation)
	}
	staff := pgtest.RawSQL(t, address)
	staff.SetMaxOpenConns(1) // SET ROLE is per connection
	staff.MustExec(`SET ROLE ` + role)
	return staff
}

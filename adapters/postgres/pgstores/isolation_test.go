package pgstores_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestOrganisationsAreIsolated simulates an attacker who runs arbitrary SQL with a
// database role that has all privileges on all tables.
func TestOrganisationsAreIsolated(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	for _, organisation := range []string{"globe", "rose"} {
		sell(t, openDB(t, address), organisation)
	}
	testkit.Must(t, pgstores.New(openDB(t, address)).Audit.Append(t.Context(), platform.AuditRecord{At: noon, Operator: "olga", Command: "ConfirmPayment", Reason: "seen"}))

	t.Run("a role of an organisation reads only that organisation's rows", func(t *testing.T) {
		staff := staffRole(t, address, "globe")
		for query, want := range map[string][]string{
			`SELECT id FROM shows`:                                                  {"globe's show"},
			`SELECT id FROM shows WHERE organisation = 'rose'`:                      nil,
			`SELECT show_id FROM bookings`:                                          {"globe's show"},
			`SELECT show_id FROM claims`:                                            {"globe's show"},
			`SELECT code FROM tickets`:                                              {"GLOBE"},
			`SELECT b.show_id FROM tickets t RIGHT JOIN bookings b USING (show_id)`: {"globe's show"},
			`SELECT message::text FROM outbox`:                                      nil,
			`SELECT event_id FROM inbox`:                                            nil,
			`SELECT operator FROM audit_log`:                                        nil,
			`SELECT organisation FROM staff_roles`:                                  {"globe"},
		} {
			var got []string
			testkit.Must(t, staff.SelectContext(t.Context(), &got, query))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:\n%s", query, diff)
			}
		}
	})

	t.Run("a role without an organisation reads nothing", func(t *testing.T) {
		outsider := staffRole(t, address, "")
		for _, table := range []string{"shows", "bookings", "claims", "tickets", "outbox", "inbox", "audit_log", "staff_roles", "goose_db_version"} {
			var n int
			testkit.Must(t, outsider.GetContext(t.Context(), &n, `SELECT count(*) FROM `+table))
			if n != 0 {
				t.Errorf("it reads %d rows of %s, want none", n, table)
			}
		}
	})

	t.Run("a role changes nothing, not even its organisation's rows", func(t *testing.T) {
		staff := staffRole(t, address, "globe")
		for _, statement := range []string{
			`UPDATE shows SET organisation = 'globe'`,
			`UPDATE shows SET status = 'cancelled'`,
			`UPDATE bookings SET status = 'cancelled'`,
			`UPDATE tickets SET status = 'void'`,
			`UPDATE staff_roles SET organisation = 'rose'`,
			`DELETE FROM claims`,
			`DELETE FROM tickets`,
			`DELETE FROM outbox`,
			`UPDATE goose_db_version SET version_id = 0`,
			`DELETE FROM goose_db_version`,
		} {
			result, err := staff.ExecContext(t.Context(), statement)
			testkit.Must(t, err)
			if n, _ := result.RowsAffected(); n != 0 {
				t.Errorf("%s changed %d rows, want none", statement, n)
			}
		}
		for _, statement := range []string{
			`INSERT INTO staff_roles VALUES ('mallory', 'rose')`,
			`INSERT INTO claims SELECT show_id, 'A-9', booking_id FROM claims`,
			`INSERT INTO inbox VALUES ('refunds', 'e1')`,
			`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`,
			`TRUNCATE tickets, outbox, inbox`,
			`TRUNCATE shows CASCADE`,
			`TRUNCATE staff_roles`,
			`TRUNCATE goose_db_version`,
			`INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (now(), 'olga', 'ConfirmPayment', 'b1', '', 'forged')`,
		} {
			if _, err := staff.ExecContext(t.Context(), statement); pq.As(err, pqerror.InsufficientPrivilege) == nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if _, err := staff.ExecContext(t.Context(), `ALTER TABLE shows DISABLE ROW LEVEL SECURITY`); pq.As(err, pqerror.InsufficientPrivilege) == nil {
			t.Errorf("switching the policies off: got error %v", err)
		}
		if _, err := staff.ExecContext(t.Context(), `SET row_security = off`); err != nil {
			t.Fatal(err)
		}
		var ids []string
		if err := staff.SelectContext(t.Context(), &ids, `SELECT id FROM shows`); pq.As(err, pqerror.InsufficientPrivilege) == nil {
			t.Errorf("without row_security it reads %v, error %v", ids, err)
		}
	})

	t.Run("the documented grants hide codes, addresses and keys", func(t *testing.T) {
		reports := newStaffRole(t, address, "globe",
			`GRANT SELECT ON shows, claims TO globe_reports`,
			`GRANT SELECT (id, show_id, customer_id, seats, total, currency, status, held_until, attempt, paying_since, declined, refund, created_at) ON bookings TO globe_reports`,
			`GRANT SELECT (booking_id, show_id, organisation, seat, status, issued_at, admitted_at) ON tickets TO globe_reports`)
		for _, query := range []string{
			`SELECT show_id FROM bookings WHERE status = 'confirmed'`,
			`SELECT show_id FROM tickets WHERE seat = 'A-1'`,
			`SELECT s.id FROM shows s JOIN claims c ON c.show_id = s.id`,
		} {
			var got []string
			testkit.Must(t, reports.SelectContext(t.Context(), &got, query))
			testkit.WantEqual(t, query, got, []string{"globe's show"})
		}
		for _, query := range []string{
			`SELECT code FROM tickets`, `SELECT email FROM bookings`, `SELECT idempotency_key FROM bookings`,
			`SELECT * FROM tickets`, `SELECT count(*) FROM bookings WHERE email = 'ann@example.com'`,
		} {
			if _, err := reports.ExecContext(t.Context(), query); pq.As(err, pqerror.InsufficientPrivilege) == nil {
				t.Errorf("%s: got error %v, want insufficient privilege", query, err)
			}
		}
	})

	t.Run("a role cannot truncate a table by replacing the catalog", func(t *testing.T) {
		staff := staffRole(t, address, "globe")
		staff.MustExec(`CREATE TEMPORARY TABLE pg_class AS SELECT c.oid, current_user::regrole AS relowner FROM pg_catalog.pg_class c`)
		if _, err := staff.ExecContext(t.Context(), `TRUNCATE tickets`); pq.As(err, pqerror.InsufficientPrivilege) == nil {
			t.Errorf("got error %v, want insufficient privilege", err)
		}
	})

	t.Run("every table has policies and refuses TRUNCATE", func(t *testing.T) {
		var open []string
		testkit.Must(t, pgtest.RawSQL(t, address).SelectContext(t.Context(), &open, `
			SELECT relname FROM pg_class c
			WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND EXISTS (
				SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname IN ('refuse_truncate', 'append_only')))`))
		if len(open) > 0 {
			t.Errorf("got unprotected tables %v, want none", open)
		}
	})

	t.Run("the owner can truncate a table", func(t *testing.T) {
		_, err := pgtest.RawSQL(t, pgtest.NewURL(t)).ExecContext(t.Context(), `TRUNCATE shows CASCADE`)
		testkit.Must(t, err)
	})

	t.Run("even the service cannot store a ticket with the wrong organisation", func(t *testing.T) {
		sh := newShow(t, "globe's show", "rose") // the wrong organisation
		b := newHold(t, sh, "ann", "A-1")
		testkit.Must(t, confirmed(b))
		forged, err := ticket.Issue("FORGED", sh, b, "A-1", noon)
		testkit.Must(t, err)
		if err := pgstores.New(openDB(t, address)).Tickets.Add(t.Context(), []*ticket.Ticket{forged}); err == nil {
			t.Error("the ticket was stored")
		}
	})
}

// sell stores a show of an organisation, with a booking and its ticket.
func sell(t *testing.T, db *postgres.DB, organisation string) {
	t.Helper()
	sh := newShow(t, show.ID(organisation+"'s show"), actor.Organisation(organisation))
	testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
	b, err := pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1"), newKey(), booking.Limits{})
	testkit.Must(t, err)
	b, err = pgstores.New(db).Bookings.Update(t.Context(), b.ID(), confirmed)
	testkit.Must(t, err)
	one, err := ticket.Issue(ticket.Code(strings.ToUpper(organisation)), sh, b, "A-1", noon)
	testkit.Must(t, err)
	testkit.Must(t, pgstores.New(db).Tickets.Add(t.Context(), []*ticket.Ticket{one}))
}

// staffRole connects as a new role with all privileges on all tables. If organisation is
// empty, the role has no organisation.
func staffRole(t *testing.T, address, organisation string) *sqlx.DB {
	t.Helper()
	return newStaffRole(t, address, organisation, `GRANT ALL ON ALL TABLES IN SCHEMA public TO globe_reports`)
}

// newStaffRole connects as a new role. The grants call it globe_reports.
func newStaffRole(t *testing.T, address, organisation string, grants ...string) *sqlx.DB {
	t.Helper()
	owner := pgtest.RawSQL(t, address)
	role := "staff_" + strings.ToLower(rand.Text()[:12])
	owner.MustExec(`CREATE ROLE ` + role)
	t.Cleanup(func() { owner.MustExec(`DROP OWNED BY ` + role + `; DROP ROLE ` + role) })
	owner.MustExec(`GRANT ` + role + ` TO CURRENT_USER`)
	for _, grant := range grants {
		owner.MustExec(strings.ReplaceAll(grant, "globe_reports", role))
	}
	if organisation != "" {
		owner.MustExec(`INSERT INTO staff_roles VALUES ($1, $2)`, role, organisation)
	}
	staff := pgtest.RawSQL(t, address)
	staff.SetMaxOpenConns(1) // SET ROLE is per connection
	staff.MustExec(`SET ROLE ` + role)
	return staff
}

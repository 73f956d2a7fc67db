package pgstores_test

import (
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/booking"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestSchemaRefuses checks constraints that protect against errors in the code.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	db := openDB(t, address)
	sh := newShow(t, "s1", "globe")
	testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
	testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), newShow(t, "s2", "rose")))
	held := newHold(t, sh, "ann", "A-1")
	_, err := pgstores.New(db).Bookings.Add(t.Context(), held, "key 1", booking.Limits{})
	testkit.Must(t, err)

	raw := pgtest.RawSQL(t, address)
	raw.MustExec(`
		INSERT INTO bookings
		SELECT 'b2', show_id, customer_id, 'key 2', email, seats, total, currency, status, held_until, attempt, paying_since, declined, refund, created_at
		FROM bookings`)
	raw.MustExec(`DELETE FROM claims`)
	raw.MustExec(`INSERT INTO claims VALUES ('s1', 'A-1', 'b2')`)

	raw.MustExec(`INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (now(), 'olga', 'ConfirmPayment', 'b1', '', 'seen')`)

	for _, test := range []struct {
		name      string
		statement string
		code      pqerror.Code
	}{
		{"a second claim on a seat", `INSERT INTO claims SELECT 's1', 'A-1', id FROM bookings WHERE id <> 'b2'`, pqerror.UniqueViolation},
		{"moving a claim to a claimed seat", `INSERT INTO claims VALUES ('s1', 'A-2', 'b2'); UPDATE claims SET seat = 'A-1' WHERE seat = 'A-2'`, pqerror.UniqueViolation},
		{"a claim of an unknown booking", `INSERT INTO claims VALUES ('s1', 'A-3', 'b9')`, pqerror.ForeignKeyViolation},
		{"a claim of another show's booking", `INSERT INTO claims VALUES ('s2', 'A-3', 'b2')`, pqerror.ForeignKeyViolation},
		{"removing a booking that claims seats", `DELETE FROM bookings WHERE id = 'b2'`, pqerror.ForeignKeyViolation},
		{"a booking of an unknown show", `UPDATE bookings SET show_id = 's9' WHERE id <> 'b2'`, pqerror.ForeignKeyViolation},
		{"moving a booking to another show", `UPDATE bookings SET show_id = 's2' WHERE id = 'b2'`, pqerror.ForeignKeyViolation},
		{"removing a show that has bookings", `DELETE FROM shows WHERE id = 's1'`, pqerror.ForeignKeyViolation},
		{"a key that the customer has already used", `UPDATE bookings SET idempotency_key = 'key 1' WHERE id = 'b2'`, pqerror.UniqueViolation},
		{"a booking of unknown status", `UPDATE bookings SET status = 'lost'`, pqerror.CheckViolation},
		{"a paying booking without its paying_since", `UPDATE bookings SET status = 'paying'`, pqerror.CheckViolation},
		{"a refund of unknown status", `UPDATE bookings SET refund = 'lost'`, pqerror.CheckViolation},
		{"a negative total", `UPDATE bookings SET total = -1`, pqerror.CheckViolation},
		{"seats that are invalid JSON", `UPDATE bookings SET seats = 'A-1'`, pqerror.InvalidTextRepresentation},
		{"a show of unknown status", `UPDATE shows SET status = 'lost'`, pqerror.CheckViolation},
		{"a ticket of unknown status", `INSERT INTO tickets VALUES ('c1', 'b2', 's1', 'globe', 'A-1', 'lost', now(), NULL)`, pqerror.CheckViolation},
		{"a used ticket without the time of admission", `INSERT INTO tickets VALUES ('c1', 'b2', 's1', 'globe', 'A-1', 'used', now(), NULL)`, pqerror.CheckViolation},
		{"a second ticket for a seat", `INSERT INTO tickets VALUES ('c1', 'b2', 's1', 'globe', 'A-1', 'valid', now(), NULL), ('c2', 'b2', 's1', 'globe', 'A-1', 'valid', now(), NULL)`, pqerror.UniqueViolation},
		{"a ticket of an unknown booking", `INSERT INTO tickets VALUES ('c1', 'b9', 's1', 'globe', 'A-1', 'valid', now(), NULL)`, pqerror.ForeignKeyViolation},
		{"a ticket of another show's booking", `INSERT INTO tickets VALUES ('c1', 'b2', 's2', 'rose', 'A-1', 'valid', now(), NULL)`, pqerror.ForeignKeyViolation},
		{"a ticket for another organisation", `INSERT INTO tickets VALUES ('c1', 'b2', 's1', 'rose', 'A-1', 'valid', now(), NULL)`, pqerror.ForeignKeyViolation},
		{"an event that is invalid JSON", `INSERT INTO outbox (message) VALUES ('it happened')`, pqerror.InvalidTextRepresentation},
		{"an event with a chosen position", `INSERT INTO outbox (position, message) VALUES (1, '{}')`, pqerror.GeneratedAlways},
		{"a second receipt of an event", `INSERT INTO inbox VALUES ('refunds', 'e1'), ('refunds', 'e1')`, pqerror.UniqueViolation},
		{"changing an audit record", `UPDATE audit_log SET reason = 'none'`, pqerror.RestrictViolation},
		{"removing an audit record", `DELETE FROM audit_log`, pqerror.RestrictViolation},
		{"removing all audit records", `TRUNCATE audit_log`, pqerror.RestrictViolation},
		{"an audit record without a reason", `INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (now(), 'olga', 'ConfirmPayment', 'b1', '', '')`, pqerror.CheckViolation},
		{"a second organisation of a staff role", `INSERT INTO staff_roles VALUES ('ann', 'globe'), ('ann', 'rose')`, pqerror.UniqueViolation},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := raw.Exec(test.statement)
			if pq.As(err, test.code) == nil {
				t.Errorf("got %v, want SQLSTATE %s", err, test.code)
			}
		})
	}
}

package sqlitestores_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/tests/testkit"
)

// TestSchemaRefuses checks that the schema rejects invalid data even if the code does
// not.
func TestSchemaRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portico.db")
	stores := sqlitestores.New(newDBAt(t, path))
	sh := newShow(t)
	testkit.Must(t, stores.Shows.Add(t.Context(), sh))
	held, err := booking.Hold("b1", sh, actor.Person{ID: "ann"}, []show.Label{"A-1"}, sh.CreatedAt(), time.Minute)
	testkit.Must(t, err)
	_, err = stores.Bookings.Add(t.Context(), held, "key 1", booking.Limits{})
	testkit.Must(t, err)

	const copied = `
		INSERT INTO bookings
		SELECT 'b2', show_id, customer_id, 'key 2', email, seats, total, currency, status, held_until, attempt, paying_since, declined, refund, created_at
		FROM bookings`
	raw, err := sqlx.Open("sqlite", "file:"+path+"?_foreign_keys=on")
	testkit.Must(t, err)
	defer raw.Close()
	raw.MustExec(copied)

	raw.MustExec(`INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (1, 'olga', 'ConfirmPayment', 'b1', '', 'seen')`)

	for _, test := range []struct {
		name      string
		statement string
		code      int
	}{
		{"a second claim on a seat", `INSERT INTO claims VALUES ('s1', 'A-1', 'b2', 0)`, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY},
		{"moving a claim to a claimed seat", `INSERT INTO claims VALUES ('s1', 'A-2', 'b2', 0); UPDATE claims SET seat = 'A-1' WHERE seat = 'A-2'`, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY},
		{"a claim of an unknown booking", `INSERT INTO claims VALUES ('s1', 'A-3', 'b9', 0)`, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY},
		{"removing a booking that claims seats", `DELETE FROM bookings WHERE id = 'b1'`, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY},
		{"a booking of an unknown show", `UPDATE bookings SET show_id = 's9' WHERE id = 'b2'`, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY},
		{"a key that the customer has already used", `UPDATE bookings SET idempotency_key = 'key 1' WHERE id = 'b2'`, sqlite3.SQLITE_CONSTRAINT_UNIQUE},
		{"a booking of unknown status", `UPDATE bookings SET status = 'lost'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a paying booking without the time when payment started", `UPDATE bookings SET status = 'paying'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a refund of unknown status", `UPDATE bookings SET refund = 'lost'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a negative total", `UPDATE bookings SET total = -1`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"seats that are invalid JSON", `UPDATE bookings SET seats = 'A-1'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a time as text", `UPDATE bookings SET held_until = 'tomorrow'`, sqlite3.SQLITE_CONSTRAINT_DATATYPE},
		{"changing an audit record", `UPDATE audit_log SET reason = 'none'`, sqlite3.SQLITE_CONSTRAINT_TRIGGER},
		{"removing an audit record", `DELETE FROM audit_log`, sqlite3.SQLITE_CONSTRAINT_TRIGGER},
		{"an audit record without a reason", `INSERT INTO audit_log (at, operator, command, subject, detail, reason) VALUES (1, 'olga', 'ConfirmPayment', 'b1', '', '')`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a show of unknown status", `UPDATE shows SET status = 'lost'`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a ticket of unknown status", `INSERT INTO tickets VALUES ('c1', 'b1', 's1', 'globe', 'A-1', 'lost', 0, NULL)`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a used ticket without the time of admission", `INSERT INTO tickets VALUES ('c1', 'b1', 's1', 'globe', 'A-1', 'used', 0, NULL)`, sqlite3.SQLITE_CONSTRAINT_CHECK},
		{"a second ticket for a seat", `INSERT INTO tickets VALUES ('c1', 'b1', 's1', 'globe', 'A-1', 'valid', 0, NULL), ('c2', 'b1', 's1', 'globe', 'A-1', 'valid', 0, NULL)`, sqlite3.SQLITE_CONSTRAINT_UNIQUE},
		{"a ticket of an unknown booking", `INSERT INTO tickets VALUES ('c1', 'b9', 's1', 'globe', 'A-1', 'valid', 0, NULL)`, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := raw.Exec(test.statement)
			if e, ok := errors.AsType[*driver.Error](err); !ok || e.Code() != test.code {
				t.Errorf("got %v, want result code %d", err, test.code)
			}
		})
	}
}

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)

// newShow returns the show s1, which is on sale.
func newShow(t testing.TB) *show.Show {
	t.Helper()
	sh := newDraft(t, "s1")
	testkit.Must(t, openShow(sh))
	return sh
}

func openShow(sh *show.Show) error   { return sh.Open(noon) }
func cancelShow(sh *show.Show) error { return sh.Cancel(noon) }

func newDraft(t testing.TB, id show.ID) *show.Show {
	t.Helper()
	sh, err := show.New(id, actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: noon.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}},
	}, noon)
	testkit.Must(t, err)
	return sh
}

// newDBAt creates or opens a database, migrates it, and closes it when the test ends.
func newDBAt(t testing.TB, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, boxofficeevents.Codec())
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, db.Close()) })
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)
	return db
}

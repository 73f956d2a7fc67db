package pgstores_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestEveryStatementUsesAnIndex checks that the server counts no sequential scans.
func TestEveryStatementUsesAnIndex(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	sh := newShow(t, "s1", "globe")
	filling := openDB(t, address)
	testkit.Must(t, pgstores.New(filling).Shows.Add(t.Context(), sh))
	b, err := pgstores.New(filling).Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1", "A-2"), "key", booking.Limits{})
	testkit.Must(t, err)
	sold, err := pgstores.New(filling).Bookings.Update(t.Context(), b.ID(), confirmed)
	testkit.Must(t, err)
	one, err := ticket.Issue("CODE", sh, sold, "A-1", noon)
	testkit.Must(t, err)
	testkit.Must(t, pgstores.New(filling).Tickets.Add(t.Context(), []*ticket.Ticket{one}))
	testkit.Must(t, filling.Close())
	raw, err := sqlx.Open("postgres", address)
	testkit.Must(t, err)
	// Fill every table. Most bookings are expired. A third of the shows is cancelled, and most
	// of these are wound up.
	raw.MustExec(`INSERT INTO shows SELECT 't' || n, organisation, title, venue, starts_at, currency, tiers, seat_rows, CASE WHEN n % 3 = 2 AND n > 100 THEN 'cancelled' ELSE status END, created_at, time_zone, seats, opened_at, CASE WHEN n % 3 = 2 AND n > 100 THEN opened_at END, n % 3 = 2 AND n > 100 AND n % 1000 <> 500
		FROM shows, generate_series(1, 20000) n WHERE id = 's1'`)
	raw.MustExec(`INSERT INTO bookings SELECT 'c' || n, 't' || n, 'customer ' || n % 5000, 'key ' || n, email, seats, total, currency, CASE WHEN n % 500 = 0 THEN 'held' WHEN n % 500 = 1 THEN 'paying' ELSE 'expired' END, held_until, attempt, paying_since, declined, refund, created_at
		FROM bookings, generate_series(1, 20000) n WHERE id = $1`, b.ID())
	raw.MustExec(`INSERT INTO claims SELECT show_id, 'A-' || n, id FROM bookings, generate_series(1, 2) n WHERE id <> $1`, b.ID())
	raw.MustExec(`INSERT INTO tickets SELECT 'CODE' || n, 'c' || n, 't' || n, 'globe', 'A-1', 'valid', now() FROM generate_series(1, 20000) n`)
	raw.MustExec(`INSERT INTO outbox (message) SELECT message FROM outbox, generate_series(1, 5000)`)
	raw.MustExec(`INSERT INTO customer_holds SELECT 'customer ' || n, 't' || n, 1, 2 FROM generate_series(1, 20000) n`)
	raw.MustExec(`INSERT INTO customer_minutes SELECT 'customer ' || n, now(), 1 FROM generate_series(1, 20000) n`)
	raw.MustExec(`INSERT INTO inbox SELECT 'refunds', 'e' || n FROM generate_series(1, 20000) n`)
	raw.MustExec(`ANALYZE`)
	testkit.Must(t, raw.Close())
	before := scans(t, address)

	db := openDB(t, address)
	stores := pgstores.New(db)
	for n := range 12 { // after five custom plans of a statement, the server may use a generic one
		b, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", label('B', n), label('C', n)), newKey(), booking.Limits{})
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", label('B', n), label('C', n)), newKey(), booking.Limits{})
		wantTaken(t, err)
		limits := booking.Limits{Holds: 1, HoldsPerMinute: 1000}
		limited, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "bob", label('D', n)), newKey(), limits)
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), newHold(t, sh, "bob", label('E', n)), newKey(), limits)
		if _, ok := errors.AsType[*booking.LimitError](err); !ok {
			t.Fatalf("got error %v, want a *booking.LimitError", err)
		}
		_, err = stores.Bookings.StartPayment(t.Context(), limited.ID(), booking.Limits{Payments: 1}, cancelled)
		testkit.Must(t, err)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", "key")
		testkit.Must(t, err)
		for _, change := range []func(*booking.Booking) error{confirmed, cancelled} {
			_, err = stores.Bookings.Update(t.Context(), b.ID(), change)
			testkit.Must(t, err)
		}
		_, err = stores.Bookings.Get(t.Context(), b.ID())
		testkit.Must(t, err)
		for _, q := range []outbound.BookingQuery{
			{Limit: 10}, {Customer: "ann", Limit: 10}, {Show: "s1", Limit: 10}, {Customer: "ann", Show: "s1", After: "z", Limit: 10},
		} {
			_, err = stores.Bookings.List(t.Context(), q)
			testkit.Must(t, err)
		}
		for _, d := range []outbound.DueFilter{{LapsedAt: noon.Add(time.Hour)}, {PayingSince: noon.Add(time.Hour)}, {OfCancelledShows: true}, {OfCancelledShow: "s1"}, {OfCancelledShow: "t500"}} {
			_, err = stores.Bookings.ListDue(t.Context(), d, outbound.DueBooking{}, 100)
			testkit.Must(t, err)
		}
		_, err = stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		_, err = stores.Tickets.Update(t.Context(), "CODE", func(*ticket.Ticket) error { return nil })
		testkit.Must(t, err)
		_, err = stores.Shows.Get(t.Context(), "s1")
		testkit.Must(t, err)
		_, err = stores.Shows.Update(t.Context(), show.ID(fmt.Sprint("t", n+1)), cancelShow)
		testkit.Must(t, err)
		_, err = stores.Shows.WindUp(t.Context(), noon)
		testkit.Must(t, err)
		_, err = stores.Shows.List(t.Context(), outbound.ShowQuery{UnopenedOf: "globe", Limit: 10})
		testkit.Must(t, err)
		_, err = stores.Shows.List(t.Context(), outbound.ShowQuery{UnopenedOf: "globe", Text: "unheard", Limit: 10})
		testkit.Must(t, err)
		_, err = pgstores.SeatMaps(db).Get(t.Context(), "s1")
		testkit.Must(t, err)
		_, err = stores.Inbox.FirstTime(t.Context(), "refunds", ports.EventID(newKey()))
		testkit.Must(t, err)
		_, err = stores.Inbox.Prune(t.Context(), noon, 10)
		testkit.Must(t, err)
		wantRelayed(t, db.Outbox(), 100)
	}
	testkit.Must(t, db.Close())
	for table, n := range scans(t, address) {
		if n > before[table] {
			t.Errorf("%s had %d sequential scans, want none", table, n-before[table])
		}
	}
}

// TestHoldReadsFewClaims fills the claims table after the server has cached a plan for a
// small table.
func TestHoldReadsFewClaims(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	raw := pgtest.RawSQL(t, address)
	db := openDB(t, pgtest.With(address, "pool_max_conns=1"))
	sh := newShow(t, "s1", "globe")
	testkit.Must(t, pgstores.New(db).Shows.Add(t.Context(), sh))
	hold := func(n int) {
		t.Helper()
		seats := []show.Label{label('A', 2*n), label('A', 2*n+1)}
		_, err := pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", seats...), newKey(), booking.Limits{})
		testkit.Must(t, err)
		_, err = pgstores.New(db).Bookings.Add(t.Context(), newHold(t, sh, "ann", seats...), newKey(), booking.Limits{})
		wantTaken(t, err)
	}
	for n := range 10 {
		hold(n)
	}
	raw.MustExec(`INSERT INTO claims SELECT 's1', 'C-' || n, (SELECT max(id) FROM bookings) FROM generate_series(1, 10000) n`)
	testkit.Must(t, raw.Close())
	for n := range 10 {
		hold(10 + n)
	}
	testkit.Must(t, db.Close())
	var read int
	testkit.Must(t, reconnect(t, address).Get(&read, `SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'claims'`))
	if read > 1000 {
		t.Errorf("40 holds read %d claims, want at most 1000", read)
	}
}

// scans returns the number of sequential scans of each table.
func scans(t *testing.T, address string) map[string]int {
	t.Helper()
	raw := reconnect(t, address)
	var found []struct {
		Table string `db:"relname"`
		Scans int    `db:"seq_scan"`
	}
	testkit.Must(t, raw.Select(&found, `SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname NOT LIKE 'goose%'`))
	testkit.Must(t, raw.Close())
	counts := map[string]int{}
	for _, f := range found {
		counts[f.Table] = f.Scans
	}
	return counts
}

// reconnect opens a connection and waits until all others have ended, because only then
// are their statistics complete.
func reconnect(t *testing.T, address string) *sqlx.DB {
	t.Helper()
	raw := pgtest.RawSQL(t, address)
	for others := 1; others > 0; {
		testkit.Must(t, raw.Get(&others, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`))
	}
	return raw
}

func wantRelayed(t *testing.T, outbox platform.Outbox, want int) {
	t.Helper()
	n, err := outbox.Relay(t.Context(), 100, func(context.Context, []platform.Event) error { return nil })
	testkit.Must(t, err)
	if n != want {
		t.Errorf("%d events were relayed, want %d", n, want)
	}
}

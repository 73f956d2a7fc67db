package pgstores_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// BenchmarkHold holds one seat per iteration, with 8 goroutines per CPU.
func BenchmarkHold(b *testing.B) {
	db := openDB(b, pgtest.NewURL(b))
	var shows []*show.Show
	for n := range b.N/10_000 + 1 {
		shows = append(shows, newShow(b, show.ID(fmt.Sprint("s", n)), "globe"))
		testkit.Must(b, pgstores.New(db).Shows.Add(b.Context(), shows[n]))
	}
	testkit.Must(b, db.Ready(b.Context()))
	var next atomic.Int64
	b.SetParallelism(16 / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1) - 1)
			seat := label(rune('A'+n/500%20), n%500)
			who := actor.Person{ID: actor.ID(fmt.Sprint("customer ", n))}
			hold, err := booking.Hold(booking.ID(fmt.Sprint("b", n)), shows[n/10_000], who, []show.Label{seat}, noon, time.Minute)
			if err == nil {
				_, err = pgstores.New(db).Bookings.Add(b.Context(), hold, ports.IdempotencyKey(fmt.Sprint("key ", n)), booking.Limits{})
			}
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "holds/s")
}

// BenchmarkListDue reads a page of 100 lapsed holds. The page begins after half of all
// holds.
func BenchmarkListDue(b *testing.B) {
	for _, n := range []int{2_000, 200_000} {
		b.Run(fmt.Sprint(n, " holds"), func(b *testing.B) {
			db := openDB(b, fill(b, n, `
				INSERT INTO bookings SELECT 'b' || n, 's1', 'ann', n, '', '[]', 0, 'EUR', 'held', $2::timestamptz + n * interval '1 ms', 0, NULL, '', 'none', $2
				FROM generate_series(1, $1) n`, noon))
			after := outbound.DueBooking{Since: noon.Add(time.Duration(n/2) * time.Millisecond)}
			for b.Loop() {
				page, err := pgstores.New(db).Bookings.ListDue(b.Context(), outbound.DueFilter{LapsedAt: noon.AddDate(0, 1, 0)}, after, 100)
				testkit.Must(b, err)
				if len(page) != 100 {
					b.Fatalf("got %d bookings, want 100", len(page))
				}
			}
		})
	}
}

// BenchmarkCancelledShows reads the bookings of cancelled shows and winds shows up, as the
// job does every five seconds. One show has a booking to cancel, all other cancelled shows
// are wound up, and a show on sale has many bookings.
func BenchmarkCancelledShows(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n, " shows"), func(b *testing.B) {
			stores := pgstores.New(openDB(b, fill(b, n, `
				WITH cancelled AS (
					INSERT INTO shows
					SELECT 's' || n, organisation, title, venue, starts_at, currency, tiers, '[]', 'cancelled', created_at, time_zone, seats, opened_at, $2::timestamptz, n > 2
					FROM shows, generate_series(2, $1) n
				), booked AS (
					INSERT INTO bookings
					SELECT 'b' || n, 's' || n, 'ann', n, '', '[]', 0, 'EUR', CASE n WHEN 2 THEN 'confirmed' ELSE 'cancelled' END, $2, 1, NULL, '', 'none', $2
					FROM generate_series(2, $1) n
				), sold AS (
					INSERT INTO bookings
					SELECT 'sold ' || n, 's1', 'ann', 'sold ' || n, '', '[]', 0, 'EUR', 'confirmed', $2, 1, NULL, '', 'none', $2
					FROM generate_series(2, $1) n
				)
				INSERT INTO claims VALUES ('s2', 'A-1', 'b2', true)`, noon)))
			for b.Loop() {
				page, err := stores.Bookings.ListDue(b.Context(), outbound.DueFilter{OfCancelledShows: true}, outbound.DueBooking{}, 100)
				testkit.Must(b, err)
				marked, err := stores.Shows.WindUp(b.Context(), noon)
				testkit.Must(b, err)
				if len(page) != 1 || marked != 0 {
					b.Fatalf("got %d bookings and %d shows, want one booking and no show", len(page), marked)
				}
			}
		})
	}
}

// BenchmarkSeatMap reads the map of a show whose 10,000 seats are sold. Their bookings are
// spread over the table.
func BenchmarkSeatMap(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n, " bookings"), func(b *testing.B) {
			db := openDB(b, fill(b, n, `
				WITH sold AS (
					INSERT INTO bookings
					SELECT 'b' || n, 's1', 'ann', n, '', '[]', 0, 'EUR', CASE n % ($1 / 10000) WHEN 0 THEN 'confirmed' ELSE 'expired' END, $2, 1, $2, '', 'none', $2
					FROM generate_series(0, $1 - 1) n
				)
				INSERT INTO claims SELECT 's1', chr(65 + n / 500) || '-' || 1 + n % 500, 'b' || n * ($1 / 10000), true
				FROM generate_series(0, 9999) n`, noon))
			for b.Loop() {
				_, err := pgstores.SeatMaps(db).Get(b.Context(), "s1")
				testkit.Must(b, err)
			}
		})
	}
}

// BenchmarkSearchShows searches for a text that no show contains, and for one that every
// show contains.
func BenchmarkSearchShows(b *testing.B) {
	for _, n := range []int{3_000, 300_000} {
		db := openDB(b, fill(b, n, `
			INSERT INTO shows SELECT 's' || n, organisation, title || ' ' || n, venue || ' ' || md5(n::text), starts_at, currency, tiers, '[]', status, created_at, time_zone, seats, opened_at, cancelled_at, wound_up
			FROM shows, generate_series(2, $1) n`))
		for _, text := range []string{"unheard of", "globe"} {
			b.Run(fmt.Sprint(n, " shows, ", text), func(b *testing.B) {
				for b.Loop() {
					_, err := pgstores.New(db).Shows.List(b.Context(), outbound.ShowQuery{Text: text, Limit: 20})
					testkit.Must(b, err)
				}
			})
		}
	}
}

// BenchmarkPruneInbox removes the oldest receipt.
func BenchmarkPruneInbox(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n, " receipts"), func(b *testing.B) {
			db := openDB(b, fill(b, n, `INSERT INTO inbox SELECT 'refunds', 'e' || n, $2::timestamptz + n * interval '1 ms' FROM generate_series(1, $1) n`, noon))
			for b.Loop() {
				_, err := pgstores.New(db).Inbox.Prune(b.Context(), noon.AddDate(0, 1, 0), 1)
				testkit.Must(b, err)
			}
		})
	}
}

// fill makes a database with the show s1, and executes a statement that adds rows. The
// statement's arguments are n and args.
func fill(b *testing.B, n int, statement string, args ...any) (address string) {
	b.Helper()
	address = pgtest.NewURL(b)
	testkit.Must(b, pgstores.New(openDB(b, address)).Shows.Add(b.Context(), newShow(b, "s1", "globe")))
	raw := pgtest.RawSQL(b, address)
	raw.MustExec(statement, append([]any{n}, args...)...)
	raw.MustExec(`VACUUM ANALYZE`)
	return address
}

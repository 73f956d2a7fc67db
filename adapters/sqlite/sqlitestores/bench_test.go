package sqlitestores_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"

	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// BenchmarkCancelledShows reads the bookings of cancelled shows and winds shows up, as the
// job does every five seconds. One show has a booking to cancel, all other cancelled shows
// are wound up, and a show on sale has many bookings.
func BenchmarkCancelledShows(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n, " shows"), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "portico.db")
			stores := sqlitestores.New(newDBAt(b, path))
			testkit.Must(b, stores.Shows.Add(b.Context(), newShow(b)))
			raw, err := sqlx.Open("sqlite", "file:"+path)
			testkit.Must(b, err)
			raw.MustExec(`
				WITH RECURSIVE numbers (n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
				INSERT INTO shows SELECT 's' || n, organisation, title, venue, starts_at, currency, tiers, '[]', 'cancelled', created_at, time_zone, seats, opened_at, opened_at, n > 2
				FROM shows, numbers WHERE id = 's1'`, n)
			raw.MustExec(`
				INSERT INTO bookings SELECT 'b of ' || id, id, 'ann', id, '', '[]', 0, 'EUR', iif(id = 's2', 'confirmed', 'cancelled'), created_at, 1, NULL, '', 'none', created_at
				FROM shows WHERE status = 'cancelled'
				UNION ALL
				SELECT 'sold ' || id, 's1', 'ann', 'sold ' || id, '', '[]', 0, 'EUR', 'confirmed', created_at, 1, NULL, '', 'none', created_at
				FROM shows WHERE status = 'cancelled'`)
			raw.MustExec(`INSERT INTO claims VALUES ('s2', 'A-1', 'b of s2', 1)`)
			testkit.Must(b, raw.Close())
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

// BenchmarkSearchShows searches for a text that no show contains, and for one that every
// show contains.
func BenchmarkSearchShows(b *testing.B) {
	for _, n := range []int{3_000, 300_000} {
		path := filepath.Join(b.TempDir(), "portico.db")
		db := newDBAt(b, path)
		testkit.Must(b, sqlitestores.New(db).Shows.Add(b.Context(), newShow(b)))
		raw, err := sqlx.Open("sqlite", "file:"+path)
		testkit.Must(b, err)
		raw.MustExec(`
			WITH RECURSIVE numbers (n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
			INSERT INTO shows SELECT 's' || n, organisation, title || ' ' || n, venue || ' ' || hex(randomblob(16)), starts_at, currency, tiers, '[]', status, created_at, time_zone, seats, opened_at, cancelled_at, wound_up
			FROM shows, numbers WHERE id = 's1'`, n)
		testkit.Must(b, raw.Close())
		for _, text := range []string{"unheard of", "globe"} {
			b.Run(fmt.Sprint(n, " shows, ", text), func(b *testing.B) {
				for b.Loop() {
					_, err := sqlitestores.New(db).Shows.List(b.Context(), outbound.ShowQuery{Text: text, Limit: 20})
					testkit.Must(b, err)
				}
			})
		}
	}
}

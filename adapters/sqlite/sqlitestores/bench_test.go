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
			INSERT INTO shows SELECT 's' || n, organisation, title || ' ' || n, venue || ' ' || hex(randomblob(16)), starts_at, currency, tiers, '[]', status, created_at, time_zone, seats, opened_at
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

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

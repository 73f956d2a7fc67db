package showcache_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/portico/adapters/inprocess/showcache"
	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/testkit"
)

func TestCache(t *testing.T) {
	boxoffice.RunShowsOnSale(t, func(*testing.T) boxoffice.Stores {
		db := memstores.NewDB()
		return boxoffice.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps()}
	}, func(stored outbound.Shows) outbound.ShowsOnSale { return showcache.New(stored) })
}

// countedShows counts how often each show is read.
type countedShows struct {
	outbound.Shows
	reads map[show.ID]int
}

func (s countedShows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	s.reads[id]++
	return s.Shows.Get(ctx, id)
}

func TestCacheReadsAShowOnceAndHasALimit(t *testing.T) {
	stored := countedShows{memstores.NewDB().Stores().Shows, map[show.ID]int{}}
	shows := showcache.New(stored)
	now := time.Date(2030, 6, 1, 19, 30, 0, 0, time.UTC)
	var rows []show.Row
	for i := range show.MaxRows {
		rows = append(rows, show.Row{Name: fmt.Sprint("R", i), Seats: 2, Tier: "stalls"})
	}
	const made, fit = 400, 16 << 20 / (2_000 + 100*(show.MaxRows+1)) // shows
	for i := range made {
		id := show.ID(fmt.Sprint("show ", i))
		sh, err := show.New(id, actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
			Title: "Hamlet", Venue: "Globe", StartsAt: now.AddDate(0, 1, 0), Currency: "EUR",
			Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: rows,
		}, now)
		testkit.Must(t, err)
		testkit.Must(t, sh.Open(now))
		testkit.Must(t, stored.Add(t.Context(), sh))
		for range 3 {
			_, err := shows.Get(t.Context(), id)
			testkit.Must(t, err)
		}
		if n := stored.reads[id]; n != 1 {
			t.Fatalf("%s was read %d times, want once", id, n)
		}
	}
	for i := range made {
		_, err := shows.Get(t.Context(), show.ID(fmt.Sprint("show ", i)))
		testkit.Must(t, err)
	}
	again := 0
	for _, n := range stored.reads {
		again += n - 1
	}
	if again < made-fit || again == made {
		t.Errorf("%d of %d shows were read again, want at least %d and not all", again, made, made-fit)
	}
}

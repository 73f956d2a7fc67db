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
	for i := range 1001 {
		id := show.ID(fmt.Sprint("show ", i))
		sh, err := show.New(id, actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
			Title: "Hamlet", Venue: "Globe", StartsAt: now.AddDate(0, 1, 0), Currency: "EUR",
			Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: []show.Row{{Name: "A", Seats: 2, Tier: "stalls"}},
		}, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := sh.Open(now); err != nil {
			t.Fatal(err)
		}
		if err := stored.Add(t.Context(), sh); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := shows.Get(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if n := stored.reads[id]; n != 1 {
			t.Fatalf("%s was read %d times, want once", id, n)
		}
	}
	if _, err := shows.Get(t.Context(), "show 0"); err != nil || stored.reads["show 0"] != 2 {
		t.Errorf("the first of 1001 shows was read %d times (%v), want twice: the cache has a limit", stored.reads["show 0"], err)
	}
}

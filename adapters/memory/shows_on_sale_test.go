package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
)

func TestShowsOnSale(t *testing.T) {
	contract.RunShowsOnSale(t, func(*testing.T) contract.Stores {
		db := memstores.NewDB()
		return contract.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps()}
	}, func(stored outbound.Shows) outbound.ShowsOnSale { return memory.NewShowsOnSale(stored) })
}

// reads counts how often each show is read.
type reads struct {
	outbound.Shows
	of map[show.ID]int
}

func (r reads) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	r.of[id]++
	return r.Shows.Get(ctx, id)
}

func TestShowsOnSaleAreReadOnceAndNotAllKept(t *testing.T) {
	stored := reads{memstores.NewDB().Stores().Shows, map[show.ID]int{}}
	shows := memory.NewShowsOnSale(stored)
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
		if n := stored.of[id]; n != 1 {
			t.Fatalf("%s was read %d times", id, n)
		}
	}
	if _, err := shows.Get(t.Context(), "show 0"); err != nil || stored.of["show 0"] != 2 {
		t.Errorf("the first of 1001 shows was read %d times (%v), want twice: not all are to be kept", stored.of["show 0"], err)
	}
}

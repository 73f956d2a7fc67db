package seatmaps_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/redis/seatmaps"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCacheSatisfiesTheContract(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(fmt.Sprint("round ", i+1), func(t *testing.T) {
			t.Parallel()
			boxoffice.RunSeatMaps(t, func(t *testing.T) boxoffice.Stores {
				t.Helper()
				db := memstores.NewDB()
				cache := seatmaps.New(open(t, servers.Redis(t)), db.SeatMaps(), noReport(t))
				stores := relayingStores(db, cache.InvalidateOnPublish(publisher(accept)))
				return boxoffice.Stores{Stores: stores, UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: cache}
			})
		})
	}
}

func TestCacheSatisfiesTheContractWithoutRedis(t *testing.T) {
	t.Parallel()
	boxoffice.RunSeatMaps(t, func(t *testing.T) boxoffice.Stores {
		t.Helper()
		db := memstores.NewDB()
		cache := seatmaps.New(open(t, noRedis), db.SeatMaps(), func(context.Context, error) {})
		return boxoffice.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: cache}
	})
}

func TestCache(t *testing.T) {
	t.Parallel()

	t.Run("keeps maps for at most two seconds", func(t *testing.T) {
		t.Parallel()
		url, source := servers.Redis(t), newSource(t)
		one, other := seatmaps.New(open(t, url), source, noReport(t)), seatmaps.New(open(t, url), source, noReport(t))
		wantBothFree(t, one)
		source.sell(t)
		for _, key := range keys(t, url) {
			ttl, err := raw(t, url).PTTL(t.Context(), key).Result()
			if err != nil || ttl > 2*time.Second || ttl == -1 { // no expiry
				t.Errorf("TTL of %s is %s, %v, want at most 2s", key, ttl, err)
			}
		}
		testkit.Eventually(t, "the sale is seen", func() bool { return free(t, other) == 1 })
	})

	t.Run("reads a map only once while it is cached", func(t *testing.T) {
		t.Parallel()
		url, source := servers.Redis(t), newSource(t)
		wantBothFree(t, seatmaps.NewLasting(open(t, url), source, noReport(t)))
		source.sell(t)
		wantBothFree(t, seatmaps.NewLasting(open(t, url), source, noReport(t)))
		if got := source.reads.Load(); got != 1 {
			t.Errorf("the source was read %d times, want once", got)
		}
	})

	t.Run("caches nothing for a show that does not exist", func(t *testing.T) {
		t.Parallel()
		url := servers.Redis(t)
		cache := seatmaps.New(open(t, url), newSource(t), noReport(t))
		for range 2 {
			if _, err := cache.Get(t.Context(), "s-404"); !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("error %v, want ErrNotFound", err)
			}
		}
		if left := keys(t, url); len(left) != 0 {
			t.Errorf("keys %q are left, want none", left)
		}
	})

	t.Run("reads a map from the source if the cached entry cannot be decoded", func(t *testing.T) {
		t.Parallel()
		url := servers.Redis(t)
		var reports atomic.Int64
		count := func(context.Context, error) { reports.Add(1) }
		cache := seatmaps.NewLasting(open(t, url), newSource(t), count)
		wantBothFree(t, cache)
		key := keys(t, url)[0]
		entry, err := raw(t, url).Get(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		broken := []string{
			"", "null", "{}", entry[:len(entry)/2],
			strings.Replace(entry, `"seats":"ff"`, `"seats":"f"`, 1), strings.Replace(entry, `"seats":"ff"`, `"seats":"fx"`, 1),
			strings.Replace(entry, `"timeZone":"UTC"`, `"timeZone":"Local"`, 1),
		}
		for _, b := range broken {
			if err := raw(t, url).Set(t.Context(), key, b, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			wantBothFree(t, cache)
		}
		if got := reports.Load(); got != int64(len(broken)) {
			t.Errorf("%d reports, want %d", got, len(broken))
		}
	})
}

// open returns a client with a timeout that is long enough for a busy machine.
func open(t *testing.T, url string) *redis.Client {
	t.Helper()
	client, err := redis.Open(url, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// noRedis is an address that refuses connections.
const noRedis = "redis://127.0.0.1:1"

// raw returns a Redis client that bypasses the adapter.
func raw(t *testing.T, url string) *goredis.Client {
	t.Helper()
	options, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func keys(t *testing.T, url string) []string {
	t.Helper()
	found, err := raw(t, url).Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// source holds a show of two seats, and counts how often its map is read.
type source struct {
	db    *memstores.DB
	reads atomic.Int64
}

func newSource(t testing.TB) *source {
	t.Helper()
	s := &source{db: memstores.NewDB()}
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	sh, err := show.New("s-1", actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe", StartsAt: now.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: []show.Row{{Name: "A", Seats: 2, Tier: "stalls"}},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sh.Open(now), s.db.Stores().Shows.Add(t.Context(), sh)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *source) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	s.reads.Add(1)
	return s.db.SeatMaps().Get(ctx, id)
}

func (s *source) sell(t *testing.T) {
	t.Helper()
	stores := s.db.Stores()
	sh, err := stores.Shows.Get(t.Context(), "s-1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := booking.Hold("b-1", sh, actor.Person{ID: "ann"}, []show.Label{"A-1"}, sh.CreatedAt(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stores.Bookings.Add(t.Context(), b, "key", booking.Limits{}); err != nil {
		t.Fatal(err)
	}
}

func free(t *testing.T, maps outbound.SeatMaps) (n int) {
	t.Helper()
	m, err := maps.Get(t.Context(), "s-1")
	if err != nil {
		t.Error(err)
	}
	for _, s := range m.Seats {
		if s.Status == booking.SeatFree {
			n++
		}
	}
	return n
}

func wantBothFree(t *testing.T, maps outbound.SeatMaps) {
	t.Helper()
	if got := free(t, maps); got != 2 {
		t.Errorf("%d seats are free, want 2", got)
	}
}

// noReport returns a report function that fails the test.
func noReport(t *testing.T) func(context.Context, error) {
	return func(_ context.Context, err error) { t.Errorf("reported: %v", err) }
}

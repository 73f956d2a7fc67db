package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/adapters/redis"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

func TestSeatMapsKeepTheContract(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(fmt.Sprint("round ", i+1), func(t *testing.T) {
			t.Parallel()
			contract.RunSeatMaps(t, func(t *testing.T) contract.Stores {
				t.Helper()
				db := memstores.NewDB()
				maps := redis.NewSeatMaps(open(t, servers.Redis(t)), db.SeatMaps(), noReport(t))
				stores := relayingStores(db, maps.ForgetOn(publisher(takesAll)))
				return contract.Stores{Stores: stores, UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: maps}
			})
		})
	}
}

func TestSeatMapsKeepTheContractWithoutRedis(t *testing.T) {
	t.Parallel()
	contract.RunSeatMaps(t, func(t *testing.T) contract.Stores {
		t.Helper()
		db := memstores.NewDB()
		maps := redis.NewSeatMaps(open(t, "redis://127.0.0.1:1"), db.SeatMaps(), func(context.Context, error) {})
		return contract.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: maps}
	})
}

// newMaps are kept, and waited for, for as long as a test takes.
func newMaps(t *testing.T, url string, source outbound.SeatMaps) *redis.SeatMaps {
	t.Helper()
	return redis.NewSeatMaps(open(t, url), source, noReport(t)).ForTests()
}

func TestSeatMaps(t *testing.T) {
	t.Parallel()
	run := func(name string, test func(t *testing.T, url string, house *house)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, servers.Redis(t), newHouse(t))
		})
	}

	run("ask the source once for 200 who come at once, in two processes", func(t *testing.T, url string, house *house) {
		one := newMaps(t, url, house)
		other := newMaps(t, url, house)
		letGo := house.readBy(t, one)
		impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := other.Get(impatient, house.id); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the other process does not wait: %v", err)
		}
		var asking sync.WaitGroup
		for i := range 200 {
			maps := []*redis.SeatMaps{one, other}[i%2]
			asking.Go(func() { house.wantFree(t, maps, 2) })
		}
		letGo()
		asking.Wait()
		house.wantReadings(t, 1)
	})

	run("are kept for all processes", func(t *testing.T, url string, house *house) {
		house.wantFree(t, newMaps(t, url, house), 2)
		house.sell(t)
		house.wantFree(t, newMaps(t, url, house), 2)
		house.wantReadings(t, 1)
	})

	run("are kept for two seconds", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		house.wantFree(t, maps, 2)
		house.sell(t)
		for _, key := range keys(t, url) {
			ttl, err := raw(t, url).PTTL(t.Context(), key).Result()
			if err != nil || ttl > 2*time.Second || ttl == -1 { // for good
				t.Errorf("%s stays for %s, %v", key, ttl, err)
			}
		}
		eventually(t, "the change is seen", func() bool { return house.free(t, maps) == 1 })
	})

	run("are read again by all processes once forgotten by one", func(t *testing.T, url string, house *house) {
		one := newMaps(t, url, house)
		other := newMaps(t, url, house)
		house.wantFree(t, one, 2)
		house.wantFree(t, other, 2)
		house.sell(t)
		forget(t, one, house)
		house.wantFree(t, other, 1)
		house.wantFree(t, one, 1)
		house.wantReadings(t, 2)
	})

	run("are not kept when they were forgotten while they were read", func(t *testing.T, url string, house *house) {
		one := newMaps(t, url, house)
		other := newMaps(t, url, house)
		letGo := house.readBy(t, one) // what is there before the sale
		house.sell(t)
		forget(t, other, house)
		letGo()
		house.wantFree(t, other, 1)
		house.wantFree(t, one, 1)
	})

	run("do not make who asks after that wait for what was read before", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		letGo := house.readBy(t, maps)
		house.sell(t)
		forget(t, maps, house)
		house.wantFree(t, maps, 1)
		letGo()
		house.wantFree(t, maps, 1)
	})

	run("are kept for what is left of two seconds since they were read", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		letGo := house.readBy(t, maps)
		const slow = time.Second
		time.Sleep(slow) // the read takes so long
		letGo()
		for _, key := range keys(t, url) {
			ttl, err := raw(t, url).PTTL(t.Context(), key).Result()
			if err != nil || ttl > 2*time.Second-slow {
				t.Errorf("%s stays for %s, %v", key, ttl, err)
			}
		}
	})

	run("are not those of a read that began more than two seconds ago", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		letGo := house.readBy(t, maps)
		house.sell(t)
		eventually(t, "a newer map is there", func() bool {
			soon, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			m, err := maps.Get(soon, house.id)
			return err == nil && freeIn(m) == 1
		})
		letGo()
		house.wantFree(t, maps, 1)
	})

	run("do not wait long for a process that never finishes to read", func(t *testing.T, url string, house *house) {
		house.wantFree(t, newMaps(t, url, house), 2)
		entry := keys(t, url)[0]
		client := raw(t, url)
		if err := errors.Join(
			client.Del(t.Context(), entry).Err(),
			client.Set(t.Context(), entry+":lease", "somebody's", time.Minute).Err(),
		); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		house.wantFree(t, redis.NewSeatMaps(open(t, url), house, noReport(t)), 2)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
	})

	run("keep nothing of a show that is not there", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		for range 2 {
			if _, err := maps.Get(t.Context(), "s-404"); !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("%v, want ErrNotFound", err)
			}
		}
		if left := keys(t, url); len(left) != 0 {
			t.Errorf("%q are left", left)
		}
	})

	run("are read from the source when nobody can read the entry", func(t *testing.T, url string, house *house) {
		var reports atomic.Int64
		count := func(context.Context, error) { reports.Add(1) }
		maps := redis.NewSeatMaps(open(t, url), house, count).ForTests()
		house.wantFree(t, maps, 2)
		entry := keys(t, url)[0]
		kept, err := raw(t, url).Get(t.Context(), entry).Result()
		if err != nil {
			t.Fatal(err)
		}
		broken := []string{
			"", "null", "{}", kept[:len(kept)/2],
			strings.Replace(kept, `"seats":"ff"`, `"seats":"f"`, 1), strings.Replace(kept, `"seats":"ff"`, `"seats":"fx"`, 1),
		}
		for _, b := range broken {
			if err := raw(t, url).Set(t.Context(), entry, b, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			house.wantFree(t, maps, 2)
		}
		if got := reports.Load(); got != int64(len(broken)) {
			t.Errorf("%d reports, want %d", got, len(broken))
		}
	})

	run("let go of who does not wait, and serve the others", func(t *testing.T, url string, house *house) {
		maps := redis.NewSeatMaps(open(t, url), house, noReport(t))
		reading := house.holdUp()
		ctx, cancel := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		asking.Go(func() {
			if _, err := maps.Get(ctx, house.id); !errors.Is(err, context.Canceled) {
				t.Errorf("%v, want Canceled", err)
			}
		})
		<-reading
		cancel()
		asking.Wait()
		asking.Go(func() { house.wantFree(t, maps, 2) })
		house.letGo()
		asking.Wait()
	})

	for how, away := range away {
		run("come from the source within moments, and are counted, while Redis is "+how, func(t *testing.T, url string, house *house) {
			line := servers.Proxy(t, url)
			var reports atomic.Int64
			count := func(_ context.Context, err error) {
				reports.Add(1)
				if !errors.Is(err, ports.ErrUnavailable) {
					t.Errorf("it reports %v", err)
				}
			}
			maps := redis.NewSeatMaps(opened(t, line.URL, redis.Open), house, count)
			house.wantFree(t, maps, 2)
			away.leave(line)
			house.sell(t)
			reports.Store(0)
			start := time.Now()
			const times = 200
			for range times {
				house.wantFree(t, maps, 1)
			}
			if took := time.Since(start); took > away.within {
				t.Errorf("%d maps took %s", times, took)
			}
			house.wantReadings(t, 1+times)
			if got := reports.Load(); got != times {
				t.Errorf("%d reports, want %d", got, times)
			}
			if err := maps.Forget(t.Context(), house.id); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("forget: %v, want ErrUnavailable", err)
			}
			line.Restore()
			eventually(t, "maps are kept again", func() bool {
				before := house.readings.Load()
				house.free(t, maps)
				house.free(t, maps)
				return house.readings.Load() < before+2
			})
		})
	}
}

// house is a show of two seats and the store that its map is read from, which
// can be held up.
type house struct {
	id       show.ID
	db       *memstores.DB
	readings atomic.Int64
	reading  atomic.Pointer[chan struct{}]
	goOn     chan struct{}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{id: "s-1", db: memstores.NewDB(), goOn: make(chan struct{})}
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	sh, err := show.New(h.id, actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe", StartsAt: now.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: []show.Row{{Name: "A", Seats: 2, Tier: "stalls"}},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sh.Open(now), h.db.Stores().Shows.Add(t.Context(), sh)); err != nil {
		t.Fatal(err)
	}
	return h
}

// Get is as outbound.SeatMaps says.
func (h *house) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	h.readings.Add(1)
	m, err := h.db.SeatMaps().Get(ctx, id)
	if reading := h.reading.Swap(nil); reading != nil {
		close(*reading)
		select {
		case <-h.goOn:
		case <-ctx.Done():
			return m, ctx.Err()
		}
	}
	return m, err
}

// holdUp stops the next reading after it has read, and tells when it did.
func (h *house) holdUp() <-chan struct{} {
	reading := make(chan struct{})
	h.reading.Store(&reading)
	return reading
}

func (h *house) letGo() { close(h.goOn) }

// readBy has maps read the house while both seats are free, and holds that up
// until letGo, which waits for the end.
func (h *house) readBy(t *testing.T, maps outbound.SeatMaps) (letGo func()) {
	t.Helper()
	reading := h.holdUp()
	var asking sync.WaitGroup
	asking.Go(func() { h.wantFree(t, maps, 2) })
	<-reading
	return func() {
		h.letGo()
		asking.Wait()
	}
}

// sell has somebody book a seat.
func (h *house) sell(t *testing.T) {
	t.Helper()
	stores := h.db.Stores()
	sh, err := stores.Shows.Get(t.Context(), h.id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := booking.Hold("b-1", sh, actor.Person{ID: "ann"}, []show.Label{"A-1"}, sh.CreatedAt(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stores.Bookings.Add(t.Context(), b, "key"); err != nil {
		t.Fatal(err)
	}
}

// free counts the free seats of a map.
func (h *house) free(t *testing.T, maps outbound.SeatMaps) (n int) {
	t.Helper()
	m, err := maps.Get(t.Context(), h.id)
	if err != nil {
		t.Error(err)
	}
	return freeIn(m)
}

func freeIn(m booking.SeatMap) (n int) {
	for _, s := range m.Seats {
		if s.Status == booking.SeatFree {
			n++
		}
	}
	return n
}

func (h *house) wantFree(t *testing.T, maps outbound.SeatMaps, want int) {
	t.Helper()
	if got := h.free(t, maps); got != want {
		t.Errorf("%d seats are free, want %d", got, want)
	}
}

func (h *house) wantReadings(t *testing.T, want int64) {
	t.Helper()
	if got := h.readings.Load(); got != want {
		t.Errorf("the source was read %d times, want %d", got, want)
	}
}

func forget(t *testing.T, maps *redis.SeatMaps, h *house) {
	t.Helper()
	if err := maps.Forget(t.Context(), h.id); err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, url string) []string {
	t.Helper()
	found, err := raw(t, url).Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// noReport is for tests in which Redis is in order.
func noReport(t *testing.T) func(context.Context, error) {
	return func(_ context.Context, err error) { t.Errorf("reported: %v", err) }
}

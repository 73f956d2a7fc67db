package redis_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/ports"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

const key = "k-1"

// newCache returns a cache with a TTL and MaxWait longer than a test.
func newCache(t *testing.T, url string, source *source) *redis.Cache[int] {
	t.Helper()
	return newCacheIn(open(t, url), source, time.Minute, time.Minute, noReport(t))
}

// newShortCache returns a cache that keeps entries for two seconds.
func newShortCache(c *redis.Client, source *source, report func(context.Context, error)) *redis.Cache[int] {
	return newCacheIn(c, source, 2*time.Second, 500*time.Millisecond, report)
}

func newCacheIn(c *redis.Client, source *source, ttl, maxWait time.Duration, report func(context.Context, error)) *redis.Cache[int] {
	return redis.NewCache(c, configFor(source, ttl, maxWait, report))
}

func configFor(source *source, ttl, maxWait time.Duration, report func(context.Context, error)) redis.CacheConfig[int] {
	return redis.CacheConfig[int]{
		Prefix:  "portico:test",
		Load:    source.load,
		Encode:  func(n int) ([]byte, error) { return []byte(strconv.Itoa(n)), nil },
		Decode:  func(entry []byte) (int, error) { return strconv.Atoi(string(entry)) },
		Report:  report,
		TTL:     ttl,
		MaxWait: maxWait,
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	run := func(name string, test func(t *testing.T, url string, source *source)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, servers.Redis(t), newSource())
		})
	}

	run("loads a value once for 200 concurrent callers in two processes", func(t *testing.T, url string, source *source) {
		one := newCache(t, url, source)
		other := newCache(t, url, source)
		finish := source.loadingBy(t, one)
		impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := other.Get(impatient, key); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the other process: error %v, want DeadlineExceeded: it waits", err)
		}
		var callers sync.WaitGroup
		for i := range 200 {
			cache := []*redis.Cache[int]{one, other}[i%2]
			callers.Go(func() { source.wantValue(t, cache, 2) })
		}
		finish()
		callers.Wait()
		source.wantLoads(t, 1)
	})

	run("shares a value between processes", func(t *testing.T, url string, source *source) {
		source.wantValue(t, newCache(t, url, source), 2)
		source.value.Store(1)
		source.wantValue(t, newCache(t, url, source), 2)
		source.wantLoads(t, 1)
	})

	run("keeps a value no longer than its TTL", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		source.wantValue(t, cache, 2)
		source.value.Store(1)
		for _, key := range keys(t, url) {
			ttl, err := raw(t, url).PTTL(t.Context(), key).Result()
			if err != nil || ttl > 2*time.Second || ttl == -1 { // no expiry
				t.Errorf("TTL of %s is %s, %v, want at most 2s", key, ttl, err)
			}
		}
		testkit.Eventually(t, "the new value is returned", func() bool { return source.get(t, cache) == 1 })
	})

	run("invalidates a value for all processes", func(t *testing.T, url string, source *source) {
		one := newCache(t, url, source)
		other := newCache(t, url, source)
		source.wantValue(t, one, 2)
		source.wantValue(t, other, 2)
		source.value.Store(1)
		invalidate(t, one)
		source.wantValue(t, other, 1)
		source.wantValue(t, one, 1)
		source.wantLoads(t, 2)
	})

	t.Run("with a MinAge", func(t *testing.T) {
		t.Parallel()
		run := func(name string, minAge time.Duration, test func(t *testing.T, url string, source *source, cache *redis.Cache[int])) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				url, source := servers.Redis(t), newSource()
				config := configFor(source, time.Hour, time.Minute, noReport(t))
				config.MinAge = minAge
				test(t, url, source, redis.NewCache(open(t, url), config))
			})
		}
		wantRest := func(t *testing.T, url string, atMost time.Duration) {
			t.Helper()
			ttl, err := raw(t, url).PTTL(t.Context(), "portico:test:"+key).Result()
			if err != nil || ttl > atMost || ttl < 0 {
				t.Errorf("TTL of the entry is %s, %v, want at most %s", ttl, err, atMost)
			}
		}
		const minAge = 20 * time.Minute

		run("loads a value once despite many invalidations", minAge, func(t *testing.T, url string, source *source, cache *redis.Cache[int]) {
			source.wantValue(t, cache, 2)
			source.value.Store(1)
			for range 100 {
				invalidate(t, cache)
				source.wantValue(t, cache, 2)
			}
			source.wantLoads(t, 1)
			wantRest(t, url, minAge)
		})

		run("loads a value again after an invalidation", 50*time.Millisecond, func(t *testing.T, _ string, source *source, cache *redis.Cache[int]) {
			source.wantValue(t, cache, 2)
			source.value.Store(1)
			invalidate(t, cache)
			testkit.Eventually(t, "the new value is returned", func() bool { return source.get(t, cache) == 1 })
		})

		run("removes an older value at once", minAge, func(t *testing.T, url string, source *source, cache *redis.Cache[int]) {
			source.wantValue(t, cache, 2)
			source.value.Store(1)
			// The cache computes the age from the rest of the TTL.
			testkit.Must(t, raw(t, url).PExpire(t.Context(), "portico:test:"+key, time.Hour-minAge).Err())
			invalidate(t, cache)
			source.wantValue(t, cache, 1)
		})

		run("keeps a value that was invalidated during its load until it reaches MinAge", minAge, func(t *testing.T, url string, source *source, cache *redis.Cache[int]) {
			finish := source.loadingBy(t, cache)
			source.value.Store(1)
			for range 3 {
				invalidate(t, cache)
			}
			finish()
			source.wantValue(t, cache, 2)
			source.wantLoads(t, 1)
			wantRest(t, url, minAge)
		})
	})

	run("does not store a value that was invalidated during its load", func(t *testing.T, url string, source *source) {
		one := newCache(t, url, source)
		other := newCache(t, url, source)
		finish := source.loadingBy(t, one)
		source.value.Store(1)
		invalidate(t, other)
		finish()
		source.wantValue(t, other, 1)
		source.wantValue(t, one, 1)
	})

	run("does not share a load with callers who come after an invalidation", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		finish := source.loadingBy(t, cache)
		source.value.Store(1)
		invalidate(t, cache)
		source.wantValue(t, cache, 1)
		finish()
		source.wantValue(t, cache, 1)
	})

	run("counts the TTL from the beginning of the load", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		finish := source.loadingBy(t, cache)
		const slow = time.Second
		time.Sleep(slow) // makes the load slow
		finish()
		for _, key := range keys(t, url) {
			ttl, err := raw(t, url).PTTL(t.Context(), key).Result()
			if err != nil || ttl > 2*time.Second-slow {
				t.Errorf("TTL of %s is %s, %v, want at most %s", key, ttl, err, 2*time.Second-slow)
			}
		}
	})

	run("does not share a load that is older than the TTL", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		finish := source.loadingBy(t, cache)
		source.value.Store(1)
		testkit.Eventually(t, "the new value is returned", func() bool {
			soon, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			got, err := cache.Get(soon, key)
			return err == nil && got == 1
		})
		finish()
		source.wantValue(t, cache, 1)
	})

	run("does not wait long for a process that never finishes its load", func(t *testing.T, url string, source *source) {
		source.wantValue(t, newCache(t, url, source), 2)
		entry := keys(t, url)[0]
		client := raw(t, url)
		if err := errors.Join(
			client.Del(t.Context(), entry).Err(),
			client.Set(t.Context(), "portico:test-lease:"+key, "another lease", time.Minute).Err(),
		); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		source.wantValue(t, newShortCache(open(t, url), source, noReport(t)), 2)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %s, want at most 10s", took)
		}
	})

	run("never returns the lease of one value as another value", func(t *testing.T, url string, source *source) {
		finish := source.loadingBy(t, newCache(t, url, source))
		defer finish()
		leases := keys(t, url)
		if len(leases) != 1 {
			t.Fatalf("keys %q, want one lease", leases)
		}
		other := strings.TrimPrefix(leases[0], "portico:test:")
		if _, err := newCache(t, url, source).Get(t.Context(), other); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%q: error %v, want ErrNotFound", other, err)
		}
	})

	run("stores nothing when a load fails", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		for range 2 {
			if _, err := cache.Get(t.Context(), "k-404"); !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("error %v, want ErrNotFound", err)
			}
		}
		if left := keys(t, url); len(left) != 0 {
			t.Errorf("keys %q are left, want none", left)
		}
	})

	run("loads a value whose entry cannot be decoded", func(t *testing.T, url string, source *source) {
		var reports atomic.Int64
		count := func(context.Context, error) { reports.Add(1) }
		cache := newCacheIn(open(t, url), source, time.Minute, time.Minute, count)
		source.wantValue(t, cache, 2)
		entry := keys(t, url)[0]
		broken := []string{"", "x"}
		for _, b := range broken {
			if err := raw(t, url).Set(t.Context(), entry, b, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			source.wantValue(t, cache, 2)
		}
		if got := reports.Load(); got != int64(len(broken)) {
			t.Errorf("%d reports, want %d", got, len(broken))
		}
	})

	run("returns at once to a caller who gives up, and still serves the others", func(t *testing.T, url string, source *source) {
		cache := newShortCache(open(t, url), source, noReport(t))
		reading := source.block()
		ctx, cancel := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := cache.Get(ctx, key); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want Canceled", err)
			}
		})
		<-reading
		cancel()
		callers.Wait()
		callers.Go(func() { source.wantValue(t, cache, 2) })
		source.unblock()
		callers.Wait()
	})

	for _, outage := range outages {
		run("loads every value quickly, and reports each failure, while Redis is "+outage.name, func(t *testing.T, url string, source *source) {
			line := servers.Proxy(t, url)
			var reports atomic.Int64
			count := func(_ context.Context, err error) {
				reports.Add(1)
				if !errors.Is(err, ports.ErrUnavailable) {
					t.Errorf("reported %v, want ErrUnavailable", err)
				}
			}
			cache := newShortCache(openWithin(t, line.URL, redis.OperationTimeout), source, count)
			source.wantValue(t, cache, 2)
			outage.begin(line)
			source.value.Store(1)
			reports.Store(0)
			start := time.Now()
			const times = 200
			for range times {
				source.wantValue(t, cache, 1)
			}
			if took := time.Since(start); took > outage.within {
				t.Errorf("%d values took %s, want at most %s", times, took, outage.within)
			}
			source.wantLoads(t, 1+times)
			if got := reports.Load(); got != times {
				t.Errorf("%d reports, want %d", got, times)
			}
			if err := cache.Invalidate(t.Context(), key); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("invalidate: error %v, want ErrUnavailable", err)
			}
			line.Restore()
			testkit.Eventually(t, "values are cached again", func() bool {
				before := source.loads.Load()
				source.get(t, cache)
				source.get(t, cache)
				return source.loads.Load() < before+2
			})
		})
	}
}

// source supplies the values of a cache. It has a value only for the key k-1.
type source struct {
	value   atomic.Int64
	loads   atomic.Int64
	loading atomic.Pointer[chan struct{}]
	goOn    chan struct{}
}

func newSource() *source {
	s := &source{goOn: make(chan struct{})}
	s.value.Store(2)
	return s
}

func (s *source) load(ctx context.Context, k string) (int, error) {
	s.loads.Add(1)
	if k != key {
		return 0, ports.ErrNotFound
	}
	value := int(s.value.Load())
	if loading := s.loading.Swap(nil); loading != nil {
		close(*loading)
		select {
		case <-s.goOn:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return value, nil
}

// block makes the next load read the value, close the returned channel, and wait for
// unblock.
func (s *source) block() <-chan struct{} {
	loading := make(chan struct{})
	s.loading.Store(&loading)
	return loading
}

func (s *source) unblock() { close(s.goOn) }

// loadingBy makes the cache load the value 2, and blocks the load. finish unblocks the
// load and waits until it ends.
func (s *source) loadingBy(t *testing.T, cache *redis.Cache[int]) (finish func()) {
	t.Helper()
	loading := s.block()
	var callers sync.WaitGroup
	callers.Go(func() { s.wantValue(t, cache, 2) })
	<-loading
	return func() {
		s.unblock()
		callers.Wait()
	}
}

func (s *source) get(t *testing.T, cache *redis.Cache[int]) int {
	t.Helper()
	got, err := cache.Get(t.Context(), key)
	if err != nil {
		t.Error(err)
	}
	return got
}

func (s *source) wantValue(t *testing.T, cache *redis.Cache[int], want int) {
	t.Helper()
	if got := s.get(t, cache); got != want {
		t.Errorf("the value is %d, want %d", got, want)
	}
}

func (s *source) wantLoads(t *testing.T, want int64) {
	t.Helper()
	if got := s.loads.Load(); got != want {
		t.Errorf("the source was read %d times, want %d", got, want)
	}
}

func invalidate(t *testing.T, cache *redis.Cache[int]) {
	t.Helper()
	if err := cache.Invalidate(t.Context(), key); err != nil {
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

// noReport returns a report function that fails the test.
func noReport(t *testing.T) func(context.Context, error) {
	return func(_ context.Context, err error) { t.Errorf("reported: %v", err) }
}

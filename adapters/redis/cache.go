package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

const (
	// leaseDuration is the maximum duration of a load whose result is stored.
	leaseDuration = 5 * time.Second
	pollInterval  = 20 * time.Millisecond
	// lookupTimeout limits a lookup, because a lookup continues after its callers give
	// up.
	lookupTimeout = 10 * time.Second
)

// CacheConfig configures a [Cache].
type CacheConfig[T any] struct {
	// Prefix is the prefix of all keys that the cache uses in Redis.
	Prefix string
	// Load reads a value from its source.
	Load   func(ctx context.Context, key string) (T, error)
	Encode func(T) ([]byte, error)
	Decode func([]byte) (T, error)
	// Report is called with each error of Redis, Encode or Decode during a lookup.
	Report func(context.Context, error)
	// TTL is the maximum age of a returned value, counted from the start of its load.
	TTL time.Duration
	// MinAge is the age up to which a value is returned even after an invalidation, so that
	// many invalidations cause few loads. It must be at most half of TTL.
	MinAge time.Duration
	// MaxWait is how long a caller waits for the load of another process before it loads
	// the value itself.
	MaxWait time.Duration
}

// Cache shares values between processes for a short time. If concurrent callers miss the
// same value, in one or more processes, only the first loads it. That caller takes a
// lease, and only the holder of the lease may store the value. An invalidation removes
// the entry, unless it is younger than MinAge, and marks the lease. A process that read
// its value before the invalidation stores it only until the value reaches MinAge
// (compare Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, section 3.2.1).
//
// While Redis is unavailable, every lookup loads the value.
type Cache[T any] struct {
	redis   *goredis.Client
	config  CacheConfig[T]
	lookups singleflight.Group
}

// NewCache returns a cache that uses the database of c.
func NewCache[T any](c *Client, config CacheConfig[T]) *Cache[T] {
	return &Cache[T]{redis: c.redis, config: config}
}

// Get returns the cached value, or loads it. Concurrent callers share the value.
func (c *Cache[T]) Get(ctx context.Context, key string) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	found := c.lookups.DoChan(key, func() (any, error) {
		// The lookup continues if its first caller gives up, because others may be
		// waiting.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
		// A lookup older than the TTL is not shared with new callers.
		defer time.AfterFunc(c.config.TTL, func() { c.lookups.Forget(key) }).Stop()
		return c.lookup(ctx, key)
	})
	select {
	case <-ctx.Done():
		return zero, ctx.Err()
	case result := <-found:
		value, _ := result.Val.(T)
		return value, result.Err
	}
}

func (c *Cache[T]) lookup(ctx context.Context, key string) (T, error) {
	lease := rand.Text()
	value, found, err := c.find(ctx, key, lease)
	switch {
	case err != nil:
		c.config.Report(ctx, fmt.Errorf("look up %s: %w", c.config.Prefix, err))
		return c.config.Load(ctx, key)
	case found:
		return value, nil
	}
	loadedAt := time.Now()
	value, err = c.config.Load(ctx, key)
	if err := c.fill(ctx, key, lease, value, err == nil, loadedAt); err != nil {
		c.config.Report(ctx, fmt.Errorf("fill %s: %w", c.config.Prefix, err))
	}
	return value, err
}

// find returns the cached value. If the cache has no value, find takes the lease. If
// another caller holds the lease, find waits up to MaxWait for the value.
func (c *Cache[T]) find(ctx context.Context, key, lease string) (value T, found bool, err error) {
	for deadline := time.Now().Add(c.config.MaxWait); ; {
		entry, err := find.Run(ctx, c.redis, c.keys(key), lease, leaseDuration.Milliseconds()).Text()
		switch {
		case err == nil && entry != lease:
			value, err = c.config.Decode([]byte(entry))
			return value, true, err
		case err == nil, errors.Is(err, goredis.Nil) && time.Now().After(deadline):
			return value, false, nil
		case !errors.Is(err, goredis.Nil):
			return value, false, mapError(ctx, err)
		}
		time.Sleep(pollInterval)
	}
}

// find returns the entry, or takes and returns the lease, or returns nothing if another
// caller holds the lease.
var find = goredis.NewScript(`
local entry = redis.call('GET', KEYS[1])
if entry then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return false`)

// fill releases the lease and stores a loaded value. The value stays until the TTL has
// passed since the start of the load, or MinAge if it was invalidated meanwhile. fill
// does nothing if the lease was lost.
func (c *Cache[T]) fill(ctx context.Context, key, lease string, value T, loaded bool, loadedAt time.Time) error {
	args := []any{lease, lease + invalidated}
	if loaded {
		entry, err := c.config.Encode(value)
		if err != nil {
			return err
		}
		age := time.Since(loadedAt)
		args = append(args, entry, (c.config.TTL - age).Milliseconds(), (c.config.MinAge - age).Milliseconds())
	}
	return mapError(ctx, fill.Run(ctx, c.redis, c.keys(key), args...).Err())
}

// invalidated is appended to the lease of a load that began before an invalidation.
const invalidated = " invalidated"

var fill = goredis.NewScript(`
local lease, ttl = redis.call('GET', KEYS[2]), ARGV[4]
if lease == ARGV[2] then
	ttl = ARGV[5]
elseif lease ~= ARGV[1] then
	return 0
end
redis.call('DEL', KEYS[2])
if ARGV[3] and tonumber(ttl) > 0 then redis.call('SET', KEYS[1], ARGV[3], 'PX', ttl) end
return 1`)

// Invalidate makes later calls of Get load the values again, as soon as the cached values
// have reached MinAge. In other processes, callers that join an earlier lookup may still
// see its result. Errors: ErrUnavailable; the entries then stay until their TTL ends.
func (c *Cache[T]) Invalidate(ctx context.Context, keys ...string) error {
	var stale []string
	for _, key := range keys {
		stale = append(stale, c.keys(key)...)
	}
	err := invalidate.Run(ctx, c.redis, stale, c.config.TTL.Milliseconds(), c.config.MinAge.Milliseconds(), invalidated).Err()
	for _, key := range keys {
		c.lookups.Forget(key) // a running lookup may have found the old entry
	}
	return mapError(ctx, err)
}

// invalidate makes an entry that is younger than MinAge expire at that age, and removes an
// older one. It computes the age from the time that the entry has left. If that time is
// MinAge or less, an earlier invalidation may have shortened it, so the age is unknown,
// and the entry is left to expire.
var invalidate = goredis.NewScript(`
local ttl, minAge = tonumber(ARGV[1]), tonumber(ARGV[2])
for i = 1, #KEYS, 2 do
	local left = redis.call('PTTL', KEYS[i])
	local young = left - (ttl - minAge)
	if young > 0 then
		redis.call('PEXPIRE', KEYS[i], young)
	elseif left > minAge or left < 0 then
		redis.call('DEL', KEYS[i])
	end
	local lease = redis.call('GET', KEYS[i + 1])
	if lease and string.sub(lease, -#ARGV[3]) ~= ARGV[3] then
		redis.call('SET', KEYS[i + 1], lease .. ARGV[3], 'KEEPTTL')
	end
end
return 1`)

func (c *Cache[T]) keys(key string) []string {
	// The prefixes differ, so that no key's entry is another key's lease.
	return []string{c.config.Prefix + ":" + key, c.config.Prefix + "-lease:" + key}
}

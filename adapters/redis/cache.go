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
	// leaseFor is how long a load may take and still be kept.
	leaseFor = 5 * time.Second
	pollEach = 20 * time.Millisecond
	// longestLookUp ends one that nobody may be waiting for any more.
	longestLookUp = 10 * time.Second
)

// cache keeps values by key, encoded, for a short while. Of many who ask for
// what is not there one loads it, in all processes: who is first takes a lease,
// and only who has it still may fill the entry. To forget an entry is to take
// the lease away too, so that nobody puts in what was read before (Nishtala et
// al., Scaling Memcache at Facebook, NSDI 2013, section 3.2.1).
//
// When Redis fails, the value is loaded as if there were no cache, and report
// is told.
type cache[T any] struct {
	redis  *goredis.Client
	prefix string
	load   func(ctx context.Context, key string) (T, error)
	encode func(T) ([]byte, error)
	decode func([]byte) (T, error)
	report func(context.Context, error)

	// shelfLife is how long an entry may be wrong when nobody says that it is.
	shelfLife time.Duration
	// longestWait is how long others wait for who loads a value before they load it
	// themselves.
	longestWait time.Duration

	lookUps singleflight.Group
}

// get finds or loads a value. Those who ask for it at once get the same one.
func (c *cache[T]) get(ctx context.Context, key string) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	found := c.lookUps.DoChan(key, func() (any, error) {
		// It goes on when the first of those who wait for it gives up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestLookUp)
		defer cancel()
		// Who asks when it has gone on for so long is told something newer.
		defer time.AfterFunc(c.shelfLife, func() { c.lookUps.Forget(key) }).Stop()
		return c.lookUp(ctx, key)
	})
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case result := <-found:
		value, _ := result.Val.(T)
		return value, result.Err
	}
}

func (c *cache[T]) lookUp(ctx context.Context, key string) (T, error) {
	lease := rand.Text()
	value, found, err := c.find(ctx, key, lease)
	switch {
	case err != nil:
		c.report(ctx, fmt.Errorf("look up %s: %w", c.prefix, err))
		return c.load(ctx, key)
	case found:
		return value, nil
	}
	read := time.Now()
	value, err = c.load(ctx, key)
	if err := c.settle(ctx, key, lease, value, err == nil, read); err != nil {
		c.report(ctx, fmt.Errorf("keep %s: %w", c.prefix, err))
	}
	return value, err
}

// find returns the entry. Where there is none it takes the lease, or waits a
// while for who has it.
func (c *cache[T]) find(ctx context.Context, key, lease string) (value T, found bool, err error) {
	for end := time.Now().Add(c.longestWait); ; {
		entry, err := find.Run(ctx, c.redis, c.keys(key), lease, leaseFor.Milliseconds()).Text()
		switch {
		case err == nil && entry != lease:
			value, err = c.decode([]byte(entry))
			return value, true, err
		case err == nil, errors.Is(err, goredis.Nil) && time.Now().After(end):
			return value, false, nil
		case !errors.Is(err, goredis.Nil):
			return value, false, explain(ctx, err)
		}
		time.Sleep(pollEach)
	}
}

// find answers with the entry, with the lease where it was free, or with
// nothing.
var find = goredis.NewScript(`
local entry = redis.call('GET', KEYS[1])
if entry then return entry end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return false`)

// settle gives the lease back and keeps what was loaded, for what is left of its
// shelf life since it was read. It does neither for who has not the lease.
func (c *cache[T]) settle(ctx context.Context, key, lease string, value T, loaded bool, read time.Time) error {
	args := []any{lease}
	if left := c.shelfLife - time.Since(read); loaded && left >= time.Millisecond {
		entry, err := c.encode(value)
		if err != nil {
			return err
		}
		args = append(args, entry, left.Milliseconds())
	}
	return explain(ctx, settle.Run(ctx, c.redis, c.keys(key), args...).Err())
}

var settle = goredis.NewScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`)

// forget makes whoever asks from now on see what is there now. In other
// processes, who joins a look-up that is under way still sees what that finds.
func (c *cache[T]) forget(ctx context.Context, keys ...string) error {
	var gone []string
	for _, key := range keys {
		gone = append(gone, c.keys(key)...)
	}
	err := c.redis.Del(ctx, gone...).Err()
	for _, key := range keys {
		c.lookUps.Forget(key) // which may have found the entry before
	}
	return explain(ctx, err)
}

// keys are those of the entry and of the lease.
func (c *cache[T]) keys(key string) []string {
	entry := c.prefix + ":" + key
	return []string{entry, entry + ":lease"}
}

// Package seatmaps caches seat maps in Redis.
package seatmaps

import (
	"context"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

const (
	ttl     = 2 * time.Second
	maxWait = 500 * time.Millisecond
)

var _ outbound.SeatMaps = (*Cache)(nil)

// Cache caches the maps of another store for two seconds, or until they are
// invalidated.
type Cache struct {
	maps   *redis.Cache[booking.SeatMap]
	report func(context.Context, error)
}

// New caches the maps of source. It calls report each time that it works
// without Redis.
func New(c *redis.Client, source outbound.SeatMaps, report func(context.Context, error)) *Cache {
	return newCache(c, source, report, ttl, maxWait)
}

func newCache(c *redis.Client, source outbound.SeatMaps, report func(context.Context, error), ttl, maxWait time.Duration) *Cache {
	return &Cache{report: report, maps: redis.NewCache(c, redis.CacheConfig[booking.SeatMap]{
		Prefix: "portico:seatmap",
		Load: func(ctx context.Context, id string) (booking.SeatMap, error) {
			return source.Get(ctx, show.ID(id))
		},
		Encode:  encode,
		Decode:  decode,
		Report:  report,
		TTL:     ttl,
		MaxWait: maxWait,
	})}
}

// Get returns a map that concurrent callers share. They must not change it.
func (c *Cache) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	return c.maps.Get(ctx, string(id))
}

package seatmaps

import (
	"context"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/ports/outbound"
)

// NewLasting returns a cache whose entries outlast a test.
func NewLasting(c *redis.Client, source outbound.SeatMaps, report func(context.Context, error)) *Cache {
	return newCache(c, source, report, time.Minute, time.Minute)
}

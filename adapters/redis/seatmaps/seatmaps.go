// Package seatmaps caches seat maps in Redis.
package seatmaps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// prefix has a number, which changes with the form of the entries, because processes of
// two versions run during an update.
const prefix = "portico:seatmap:2"

const (
	ttl     = 2 * time.Second
	minAge  = 200 * time.Millisecond
	maxWait = 500 * time.Millisecond
)

var _ outbound.SeatMaps = (*Cache)(nil)

// Cache keeps the maps of another store for two seconds, or until they are invalidated. A
// map that is invalidated within 200 ms of its load is kept until these have passed, so
// that the map of a popular show is loaded at most five times a second.
type Cache struct {
	maps   *redis.Cache[booking.SeatMap]
	report func(context.Context, error)
}

// New returns a cache that reads missing maps from source. The cache reports errors that
// it does not return, such as those of Redis.
func New(c *redis.Client, source outbound.SeatMaps, report func(context.Context, error)) *Cache {
	return newCache(c, source, report, ttl, maxWait)
}

func newCache(c *redis.Client, source outbound.SeatMaps, report func(context.Context, error), ttl, maxWait time.Duration) *Cache {
	return &Cache{report: report, maps: redis.NewCache(c, redis.CacheConfig[booking.SeatMap]{
		Prefix: prefix,
		Load: func(ctx context.Context, id string) (booking.SeatMap, error) {
			return source.Get(ctx, show.ID(id))
		},
		Encode:  encode,
		Decode:  decode,
		Report:  report,
		TTL:     ttl,
		MinAge:  minAge,
		MaxWait: maxWait,
	})}
}

// Get returns a map that concurrent callers share. They must not change it.
func (c *Cache) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	return c.maps.Get(ctx, string(id))
}

// InvalidateOnPublish returns a publisher that passes events to next, and then
// invalidates the cached maps that the events change. If next rejects the events, no map
// is invalidated, because rejected events are published again. A failed invalidation is
// reported, and the maps stay outdated until their TTL ends.
func (c *Cache) InvalidateOnPublish(next platform.Publisher) platform.Publisher {
	return &invalidatingPublisher{c, next}
}

type invalidatingPublisher struct {
	cache *Cache
	next  platform.Publisher
}

func (p *invalidatingPublisher) Publish(ctx context.Context, events []platform.Event) error {
	if err := p.next.Publish(ctx, events); err != nil {
		return err
	}
	if err := p.cache.invalidateFor(ctx, events); err != nil {
		p.cache.report(ctx, err)
	}
	return nil
}

func (c *Cache) invalidateFor(ctx context.Context, events []platform.Event) error {
	var (
		changed []string
		errs    []error
	)
	for _, e := range events {
		id, err := changedShow(e.Body)
		if err != nil {
			errs = append(errs, err)
		} else if id != "" && !slices.Contains(changed, string(id)) {
			changed = append(changed, string(id))
		}
	}
	if len(changed) > 0 {
		errs = append(errs, c.maps.Invalidate(ctx, changed...))
	}
	return errors.Join(errs...)
}

// changedShow returns the show whose seat map an event changes, or "" if it changes none.
// Payment and ticket events change none: a seat stays held during the payment, and stays
// sold regardless of what happens to its ticket. An unknown event type is an error,
// because such an event may leave a map outdated until the TTL ends.
func changedShow(event any) (show.ID, error) {
	switch e := event.(type) {
	case show.Opened:
		return e.Show, nil
	case show.Cancelled:
		return e.Show, nil
	case booking.SeatsHeld:
		return e.Show, nil
	case booking.Confirmed:
		return e.Show, nil
	case booking.HoldExpired:
		return e.Show, nil
	case booking.Cancelled:
		return e.Show, nil
	case show.Created,
		booking.PaymentRequested, booking.PaymentDeclined, booking.PaymentGivenUp, booking.Refunded, booking.Ticketed,
		ticket.Issued, ticket.Admitted, ticket.Voided:
		return "", nil
	default:
		return "", fmt.Errorf("seat map cache: it is not known whether events of type %T change a seat map", event)
	}
}

// Package showcache caches the shows that are on sale.
package showcache

import (
	"context"

	"example.com/portico/adapters/internal/boundedmap"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

var _ outbound.ShowsOnSale = (*Cache)(nil)

// Cache holds shows that are on sale, so that a request for seats need not read the show
// from the store. Each process may have its own cache, because a show on sale can only be
// cancelled, and Bookings.Add checks the stored status.
type Cache struct {
	stored outbound.Shows
	onSale *boundedmap.Map[show.ID, *show.Show]
}

// maxShows limits the approximate memory of the cached shows, in bytes.
const maxShows = 16 << 20

// size returns the approximate memory that a show takes, in bytes. The plan lists the rows
// and tiers, not every seat.
func size(s *show.Show) int { return 2000 + 100*(len(s.Plan().Rows())+len(s.Plan().Tiers())) }

// New returns an empty cache for a store.
func New(stored outbound.Shows) *Cache {
	return &Cache{stored: stored, onSale: boundedmap.New[show.ID](maxShows, size)}
}

func (c *Cache) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	if cached, ok := c.onSale.Get(id); ok {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return cached.Clone(), nil
	}
	found, err := c.stored.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if found.Status() == show.StatusOnSale {
		c.onSale.Set(id, found.Clone())
	}
	return found, nil
}

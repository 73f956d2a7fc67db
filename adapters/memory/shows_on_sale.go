package memory

import (
	"context"
	"sync"

	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// ShowsOnSale remembers the shows that are on sale, so that a hold need not read
// them. It is for as many processes as there are: each asks the store for what
// it does not remember.
type ShowsOnSale struct {
	stored outbound.Shows

	mu     sync.RWMutex
	onSale map[show.ID]*show.Show
}

// mostOnSale is how many shows take some MiB: a show has its rows, not its seats.
const mostOnSale = 1000

// NewShowsOnSale remembers what is in a store.
func NewShowsOnSale(stored outbound.Shows) *ShowsOnSale {
	return &ShowsOnSale{stored: stored, onSale: map[show.ID]*show.Show{}}
}

// Get is as outbound.ShowsOnSale says.
func (s *ShowsOnSale) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	s.mu.RLock()
	known, ok := s.onSale[id]
	s.mu.RUnlock()
	if ok {
		return known, ctx.Err()
	}
	found, err := s.stored.Get(ctx, id)
	if err != nil || found.Status() != show.StatusOnSale {
		return found, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.onSale) >= mostOnSale {
		clear(s.onSale) // those in demand come back with their next hold
	}
	s.onSale[id] = found
	return found, nil
}

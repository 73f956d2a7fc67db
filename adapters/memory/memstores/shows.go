package memstores

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

type shows struct {
	db *DB
	memory.Session
}

func (r shows) Add(ctx context.Context, s *show.Show) error {
	return r.Atomic(ctx, func() error {
		if r.db.shows.Has(s.ID()) {
			return fmt.Errorf("add show %s: %w", s.ID(), ports.ErrExists)
		}
		r.put(ctx, s)
		return nil
	})
}

func (r shows) put(ctx context.Context, s *show.Show) {
	r.db.shows.Put(s.ID(), s.Snapshot())
	r.StoreEvents(ctx, string(s.ID()), s.Events())
}

func (r shows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*show.Show, error) { return r.db.show(id) })
}

func (r shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*show.Show, error) {
		s, err := r.db.show(id)
		if err != nil {
			return nil, err
		}
		if err := change(s); err != nil {
			return nil, err
		}
		r.put(ctx, s)
		return r.db.show(id)
	})
}

func (r shows) List(ctx context.Context, q outbound.ShowQuery) ([]*show.Show, error) {
	return memory.AtomicReturning(ctx, r.Session, func() ([]*show.Show, error) {
		var page []*show.Show
		for _, id := range slices.Backward(slices.Sorted(maps.Keys(r.db.shows.Rows))) {
			row := r.db.shows.Rows[id]
			if q.After != "" && id >= q.After || !matches(row, q) {
				continue
			}
			if len(page) == q.Limit {
				break
			}
			s, err := show.Rehydrate(row)
			if err != nil {
				return nil, err
			}
			page = append(page, s)
		}
		return page, nil
	})
}

func matches(s show.Snapshot, q outbound.ShowQuery) bool {
	if s.Status == show.StatusDraft && (q.DraftsOf == "" || s.Organisation != q.DraftsOf) {
		return false
	}
	text := lowerASCII(q.Text)
	return strings.Contains(lowerASCII(s.Title), text) || strings.Contains(lowerASCII(s.Venue), text)
}

// show loads a show inside a transaction.
func (db *DB) show(id show.ID) (*show.Show, error) {
	row, ok := db.shows.Rows[id]
	if !ok {
		return nil, fmt.Errorf("show %s: %w", id, ports.ErrNotFound)
	}
	return show.Rehydrate(row)
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

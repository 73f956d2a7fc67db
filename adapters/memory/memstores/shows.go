package memstores

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/actor"
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
	return r.db.shows.get(ctx, r.Session, id)
}

func (r shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return r.db.shows.update(ctx, r.Session, id, change, r.put)
}

func (r shows) WindUp(ctx context.Context, cancelledBy time.Time) (int, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (int, error) {
		claimed := map[show.ID]bool{}
		for seat := range r.db.claims.Rows {
			claimed[seat.show] = true
		}
		marked := 0
		for id, s := range r.db.shows.Rows {
			if r.db.toWindUp(id) && !s.CancelledAt.After(cancelledBy) && !claimed[id] {
				r.db.woundUp.Put(id, struct{}{})
				marked++
			}
		}
		return marked, nil
	})
}

// toWindUp reports whether the show may have bookings that are not cancelled yet.
func (db *DB) toWindUp(id show.ID) bool {
	s := db.shows.Rows[id]
	return s.Status == show.StatusCancelled && !s.OpenedAt.IsZero() && !db.woundUp.Has(id)
}

func (r shows) CountDrafts(ctx context.Context, org actor.Organisation) (int, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (int, error) {
		drafts := 0
		for _, s := range r.db.shows.Rows {
			if s.Status == show.StatusDraft && s.Organisation == org {
				drafts++
			}
		}
		return drafts, nil
	})
}

func (r shows) List(ctx context.Context, q outbound.ShowQuery) ([]show.Summary, error) {
	page, err := r.db.shows.page(ctx, r.Session, q.After, q.Limit, func(s show.Snapshot) bool { return matches(s, q) })
	var summaries []show.Summary
	for _, s := range page {
		summaries = append(summaries, s.Summary())
	}
	return summaries, err
}

func matches(s show.Snapshot, q outbound.ShowQuery) bool {
	if s.OpenedAt.IsZero() && (q.UnopenedOf == "" || s.Organisation != q.UnopenedOf) {
		return false
	}
	text := lowerASCII(q.Text)
	return strings.Contains(lowerASCII(s.Title), text) || strings.Contains(lowerASCII(s.Venue), text)
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

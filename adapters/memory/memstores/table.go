package memstores

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports"
)

// table keeps aggregates A as snapshots V.
type table[K cmp.Ordered, A, V any] struct {
	memory.Table[K, V]
	describe  func(K) string
	rehydrate func(V) (A, error)
}

func newTable[K cmp.Ordered, A, V any](db *memory.DB, describe func(K) string, rehydrate func(V) (A, error)) table[K, A, V] {
	return table[K, A, V]{memory.NewTable[K, V](db), describe, rehydrate}
}

// load returns an aggregate. Call it inside a transaction.
func (t table[K, A, V]) load(key K) (A, error) {
	row, ok := t.Rows[key]
	if !ok {
		return *new(A), fmt.Errorf("%s: %w", t.describe(key), ports.ErrNotFound)
	}
	return t.rehydrate(row)
}

func (t table[K, A, V]) get(ctx context.Context, s memory.Session, key K) (A, error) {
	return memory.AtomicReturning(ctx, s, func() (A, error) { return t.load(key) })
}

func (t table[K, A, V]) update(ctx context.Context, s memory.Session, key K, change func(A) error, put func(context.Context, A)) (A, error) {
	return memory.AtomicReturning(ctx, s, func() (A, error) {
		changed, err := t.load(key)
		if err != nil {
			return *new(A), err
		}
		if err := change(changed); err != nil {
			return *new(A), err
		}
		put(ctx, changed)
		return t.load(key)
	})
}

// page returns up to limit matching aggregates, in descending order of their keys. If the
// parameter after is not empty, the page holds only aggregates with smaller keys.
func (t table[K, A, V]) page(ctx context.Context, s memory.Session, after K, limit int, matches func(V) bool) ([]A, error) {
	return memory.AtomicReturning(ctx, s, func() ([]A, error) {
		var page []A
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(t.Rows))) {
			if len(page) == limit {
				break
			}
			if after != *new(K) && key >= after || !matches(t.Rows[key]) {
				continue
			}
			found, err := t.rehydrate(t.Rows[key])
			if err != nil {
				return nil, err
			}
			page = append(page, found)
		}
		return page, nil
	})
}

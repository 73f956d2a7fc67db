// Package boundedmap implements a cache of limited size.
package boundedmap

import "sync"

// Map is a cache that is safe for concurrent use. To make room for a new entry, it
// removes random others, one at a time, until there is room. Unlike in an LRU cache, a
// hit changes nothing, so readers do not wait for each other.
type Map[K comparable, V any] struct {
	limit  int
	weight func(V) int

	mu      sync.RWMutex
	entries map[K]V
	total   int // the weight of all entries
}

// New returns an empty map. The function weight returns the weight of a value, such as its
// size in bytes. The limit is the maximum weight of all entries together.
func New[K comparable, V any](limit int, weight func(V) int) *Map[K, V] {
	return &Map[K, V]{limit: limit, weight: weight, entries: map[K]V{}}
}

// Get returns the entry for the key, and reports whether there is one.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, ok := m.entries[key]
	return value, ok
}

// Set adds or replaces an entry. It removes the entry instead if value weighs more than
// the limit.
func (m *Map[K, V]) Set(key K, value V) {
	weight := m.weight(value)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(key)
	if weight > m.limit {
		return
	}
	for other := range m.entries { // in random order
		if m.total+weight <= m.limit {
			break
		}
		m.remove(other)
	}
	m.entries[key] = value
	m.total += weight
}

func (m *Map[K, V]) remove(key K) {
	if value, ok := m.entries[key]; ok {
		delete(m.entries, key)
		m.total -= m.weight(value)
	}
}

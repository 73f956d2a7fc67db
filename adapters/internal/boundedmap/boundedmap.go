// Package boundedmap implements a cache of limited size.
package boundedmap

import "sync"

// Map is a cache that is safe for concurrent use. Adding an entry to a full map first
// clears the map, so entries must be cheap to recreate. Unlike in an LRU cache, a hit
// changes nothing, so readers do not wait for each other.
type Map[K comparable, V any] struct {
	limit int

	mu      sync.RWMutex
	entries map[K]V
}

// New returns an empty map that can hold up to limit entries.
func New[K comparable, V any](limit int) *Map[K, V] {
	return &Map[K, V]{limit: limit, entries: map[K]V{}}
}

// Get returns the entry for the key, and reports whether there is one.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, ok := m.entries[key]
	return value, ok
}

// Set adds or replaces an entry.
func (m *Map[K, V]) Set(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, replaces := m.entries[key]; !replaces && len(m.entries) >= m.limit {
		m.entries = map[K]V{} // unlike clear, this also frees the memory
	}
	m.entries[key] = value
}

package application

import (
	"example.com/portico/domain/invalid"
	"example.com/portico/ports"
)

// readPage returns a page of at most limit items. It requests one more item, to learn
// whether another page follows. Errors: *invalid.Error if limit is out of range.
func readPage[T any, I ~string](limit int, id func(T) I, list func(limit int) ([]T, error)) (ports.Page[T], error) {
	var c invalid.Collector
	c.Check(1 <= limit && limit <= ports.MaxPage, "limit", "must be 1 to %d", ports.MaxPage)
	if err := c.Err(); err != nil {
		return ports.Page[T]{}, err
	}
	items, err := list(limit + 1)
	if err != nil || len(items) <= limit {
		return ports.Page[T]{Items: items}, err
	}
	return ports.Page[T]{Items: items[:limit], Next: string(id(items[limit-1]))}, nil
}

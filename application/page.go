package application

import (
	"example.com/portico/domain/invalid"
	"example.com/portico/ports"
)

// page makes a page of a list that was read with a limit of limit+1.
func page[T any, I ~string](items []T, limit int, id func(T) I) ports.Page[T] {
	if len(items) <= limit {
		return ports.Page[T]{Items: items}
	}
	items = items[:limit]
	return ports.Page[T]{Items: items, Next: string(id(items[limit-1]))}
}

func checkLimit(limit int) error {
	var c invalid.Collector
	c.Check(1 <= limit && limit <= ports.MaxPage, "limit", "must be 1 to %d", ports.MaxPage)
	return c.Err()
}

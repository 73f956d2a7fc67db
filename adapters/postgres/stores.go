package postgres

import (
	"context"

	"example.com/portico/ports/outbound"
)

// Stores are the repositories, each of whose methods is a transaction.
func (db *DB) Stores() outbound.Stores { return stores(db) }

// Do is as outbound.UnitOfWork says. Work sees what was committed before each
// of its statements (READ COMMITTED), and an Update locks what it changes.
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return db.write(ctx, func(c conn) error {
		return work(ctx, stores(transaction{c, new(bool)}))
	})
}

func stores(s session) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{s},
		Bookings: bookings{s},
		Tickets:  tickets{s},
		Inbox:    inbox{s},
	}
}

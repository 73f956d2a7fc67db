package sqlite

import (
	"context"

	"example.com/portico/ports/outbound"
)

// Stores are the repositories, each of whose methods is a transaction.
func (db *DB) Stores() outbound.Stores { return stores(db) }

// Do is as outbound.UnitOfWork says. There is one transaction at a time, so
// that work runs once; to use stores other than those given to it would wait
// for ever.
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return db.write(ctx, func(c conn) error {
		var lost error
		if err := work(ctx, stores(transaction{c, &lost})); err != nil {
			return err
		}
		return lost
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

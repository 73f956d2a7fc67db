// Package pgstores keeps the box office's shows, bookings and tickets in
// PostgreSQL.
package pgstores

import (
	"example.com/portico/adapters/postgres"
	"example.com/portico/ports/outbound"
)

// New makes the stores, each of whose methods is a transaction.
func New(db *postgres.DB) outbound.Stores { return newStores(db) }

// UnitOfWork runs work on all stores in one transaction, in which an Update locks
// what it changes.
func UnitOfWork(db *postgres.DB) outbound.UnitOfWork { return postgres.NewUnitOfWork(db, newStores) }

func newStores(s postgres.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{s},
		Bookings: bookings{s},
		Tickets:  tickets{s},
		Inbox:    postgres.NewInbox(s),
	}
}

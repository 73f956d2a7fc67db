// Package sqlitestores keeps the box office's shows, bookings and tickets in a
// SQLite file.
package sqlitestores

import (
	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/outbound"
)

// New makes the stores, each of whose methods is a transaction.
func New(db *sqlite.DB) outbound.Stores { return newStores(db) }

// UnitOfWork runs work on all stores in one transaction.
func UnitOfWork(db *sqlite.DB) outbound.UnitOfWork { return sqlite.NewUnitOfWork(db, newStores) }

func newStores(s sqlite.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{s},
		Bookings: bookings{s},
		Tickets:  tickets{s},
		Inbox:    sqlite.NewInbox(s),
	}
}

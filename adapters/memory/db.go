// Package memory keeps everything in the process and forgets it with it. Its
// types keep the contracts of the ports whole, so that they can stand in for
// the others in tests and simulations.
package memory

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// DB is a database of one box office. It stores snapshots, so that nothing it
// returns is shared with it.
type DB struct {
	journal  journal
	shows    table[show.ID, show.Snapshot]
	bookings table[booking.ID, booking.Snapshot]
	requests table[request, booking.ID]
	claims   table[place, booking.ID]
	tickets  table[ticket.Code, ticket.Snapshot]
	receipts table[receipt, struct{}]
	outbox   outbox
}

// NewDB makes an empty database.
func NewDB() *DB {
	db := &DB{}
	db.shows = newTable[show.ID, show.Snapshot](&db.journal)
	db.bookings = newTable[booking.ID, booking.Snapshot](&db.journal)
	db.requests = newTable[request, booking.ID](&db.journal)
	db.claims = newTable[place, booking.ID](&db.journal)
	db.tickets = newTable[ticket.Code, ticket.Snapshot](&db.journal)
	db.receipts = newTable[receipt, struct{}](&db.journal)
	db.outbox.journal = &db.journal
	return db
}

// Stores are the repositories, each of whose methods is a transaction.
func (db *DB) Stores() outbound.Stores { return db.stores(db.journal.transaction) }

// Outbox holds the events of all transactions.
func (db *DB) Outbox() platform.Outbox { return &db.outbox }

// SeatMaps reads the claims.
func (db *DB) SeatMaps() outbound.SeatMaps { return seatMaps{db} }

// Do is as outbound.UnitOfWork says. There is one transaction at a time, so
// that work runs once; to use stores other than those given to it would wait
// for ever.
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return db.journal.transaction(ctx, func() error {
		return work(ctx, db.stores(db.journal.step))
	})
}

func (db *DB) stores(a atomic) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{db, a},
		Bookings: bookings{db, a},
		Tickets:  tickets{db, a},
		Inbox:    inbox{db.receipts, a},
	}
}

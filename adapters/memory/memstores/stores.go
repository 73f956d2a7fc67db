// Package memstores keeps the box office's shows, bookings and tickets in the
// process.
package memstores

import (
	"context"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// DB is the database of one box office. It stores snapshots, so nothing that it
// returns is shared with it.
type DB struct {
	engine   *memory.DB
	shows    memory.Table[show.ID, show.Snapshot]
	bookings memory.Table[booking.ID, booking.Snapshot]
	requests memory.Table[request, booking.ID]
	claims   memory.Table[place, booking.ID]
	tickets  memory.Table[ticket.Code, ticket.Snapshot]
}

// NewDB makes an empty database.
func NewDB() *DB {
	engine := memory.NewDB()
	return &DB{
		engine:   engine,
		shows:    memory.NewTable[show.ID, show.Snapshot](engine),
		bookings: memory.NewTable[booking.ID, booking.Snapshot](engine),
		requests: memory.NewTable[request, booking.ID](engine),
		claims:   memory.NewTable[place, booking.ID](engine),
		tickets:  memory.NewTable[ticket.Code, ticket.Snapshot](engine),
	}
}

// Stores are the stores, each of whose methods is a transaction.
func (db *DB) Stores() outbound.Stores { return db.stores(db.engine.Session()) }

// Outbox holds the events of all transactions.
func (db *DB) Outbox() platform.Outbox { return db.engine.Outbox() }

// SeatMaps reads seat maps from the claims.
func (db *DB) SeatMaps() outbound.SeatMaps { return seatMaps{db} }

// Do implements [outbound.UnitOfWork].
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return memory.NewUnitOfWork(db.engine, db.stores).Do(ctx, work)
}

func (db *DB) stores(s memory.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{db, s},
		Bookings: bookings{db, s},
		Tickets:  tickets{db, s},
		Inbox:    memory.NewInbox(s),
	}
}

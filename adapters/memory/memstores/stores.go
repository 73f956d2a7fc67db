// Package memstores keeps the shows, bookings and tickets of the box office in memory.
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

// DB is the database of one box office. It stores snapshots, so a returned aggregate
// shares no memory with the database.
type DB struct {
	engine   *memory.DB
	shows    table[show.ID, *show.Show, show.Snapshot]
	bookings table[booking.ID, *booking.Booking, booking.Snapshot]
	requests memory.Table[request, booking.ID]
	claims   memory.Table[place, booking.ID]
	tickets  table[ticket.Code, *ticket.Ticket, ticket.Snapshot]
	woundUp  memory.Table[show.ID, struct{}]
}

// NewDB makes an empty database.
func NewDB() *DB {
	engine := memory.NewDB()
	return &DB{
		engine:   engine,
		shows:    newTable(engine, func(id show.ID) string { return "show " + string(id) }, show.Rehydrate),
		bookings: newTable(engine, func(id booking.ID) string { return "booking " + string(id) }, booking.Rehydrate),
		requests: memory.NewTable[request, booking.ID](engine),
		claims:   memory.NewTable[place, booking.ID](engine),
		tickets:  newTable(engine, func(ticket.Code) string { return "ticket" }, ticket.Rehydrate), // the code is a secret
		woundUp:  memory.NewTable[show.ID, struct{}](engine),
	}
}

// Stores returns stores in which each method call is a transaction.
func (db *DB) Stores() outbound.Stores { return db.stores(db.engine.Session()) }

// Outbox returns the outbox that all transactions share.
func (db *DB) Outbox() platform.Outbox { return db.engine.Outbox() }

// SeatMaps returns a store that reads seat maps from the claims.
func (db *DB) SeatMaps() outbound.SeatMaps { return seatMaps{db} }

// Do implements [outbound.UnitOfWork].
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return db.engine.Do(ctx, func(ctx context.Context, s memory.Session) error { return work(ctx, db.stores(s)) })
}

func (db *DB) stores(s memory.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    shows{db, s},
		Bookings: bookings{db, s},
		Tickets:  tickets{db, s},
		Inbox:    memory.NewInbox(s),
		Audit:    memory.NewAuditLog(s),
	}
}

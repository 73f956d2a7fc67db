// Package memory implements transactions, an outbox, an inbox, files and a clock in
// memory. It satisfies the contracts of the ports, so tests can use it in place of a
// database. The stores of a domain are in a separate package that uses [DB].
package memory

import (
	"context"
	"time"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// DB is a database in memory. The stores create its tables with [NewTable].
type DB struct {
	log      undoLog
	receipts Table[receipt, time.Time]
	audit    Table[int64, platform.AuditRecord] // by position
	outbox   outbox
}

// NewDB makes an empty database.
func NewDB() *DB {
	db := &DB{}
	db.receipts = NewTable[receipt, time.Time](db)
	db.audit = NewTable[int64, platform.AuditRecord](db)
	db.outbox.log = &db.log
	return db
}

// Outbox returns the outbox that all transactions share.
func (db *DB) Outbox() platform.Outbox { return &db.outbox }

// Session runs the reads and writes of a store. In a unit of work, each call of Atomic is
// a step of one transaction. Otherwise, each call is a transaction.
type Session struct {
	db *DB
	// Atomic runs the function do. It keeps all writes of the function, or none if the
	// function fails or panics, or if ctx ends.
	Atomic func(ctx context.Context, do func() error) error
}

// Session returns a session in which each call of Atomic is a transaction.
func (db *DB) Session() Session { return Session{db, db.log.transaction} }

// StoreEvents puts the recorded events of an aggregate into the outbox. Call it inside
// Atomic.
func (s Session) StoreEvents(ctx context.Context, aggregate string, recorded []event.Event) {
	s.db.outbox.add(delivery.Seal(ctx, aggregate, recorded))
}

// AtomicReturning is Session.Atomic for a function that returns a result.
func AtomicReturning[R any](ctx context.Context, s Session, do func() (R, error)) (R, error) {
	var result R
	err := s.Atomic(ctx, func() (err error) {
		result, err = do()
		return err
	})
	if err != nil {
		return *new(R), err
	}
	return result, nil
}

// Do runs the function work in a transaction. Transactions run one at a time and cannot
// conflict, so Do calls the function only once. The function must use only the given
// session, because any other session would deadlock.
func (db *DB) Do(ctx context.Context, work func(context.Context, Session) error) error {
	return db.log.transaction(ctx, func() error { return work(ctx, Session{db, db.log.step}) })
}

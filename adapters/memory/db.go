// Package memory implements transactions, outbox, inbox, files and a clock in the
// memory of the process. It keeps the contracts of the ports, so tests can use it
// in place of a database. The stores of a domain are in packages of their own, on
// top of [DB].
package memory

import (
	"context"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// DB is a database. Its tables belong to the stores.
type DB struct {
	log      undoLog
	receipts Table[receipt, struct{}]
	outbox   outbox
}

// NewDB makes an empty database.
func NewDB() *DB {
	db := &DB{}
	db.receipts = NewTable[receipt, struct{}](db)
	db.outbox.log = &db.log
	return db
}

// Outbox holds the events of all transactions.
func (db *DB) Outbox() platform.Outbox { return &db.outbox }

// Session runs the reads and writes of a store. In a database, each Atomic is a
// transaction; in a unit of work, it is a step of one transaction.
type Session struct {
	db *DB
	// Atomic runs do. All of its writes are kept, or none if it fails or panics, or
	// if its context ends.
	Atomic func(ctx context.Context, do func() error) error
}

// Session makes the session whose steps are transactions.
func (db *DB) Session() Session { return Session{db, db.log.transaction} }

// StoreEvents puts the recorded events of an aggregate into the outbox. It is
// called inside Atomic.
func (s Session) StoreEvents(ctx context.Context, aggregate string, recorded []event.Event) {
	s.db.outbox.add(delivery.Seal(ctx, aggregate, recorded))
}

// AtomicReturning is Session.Atomic for work with a result.
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

// Do runs work in a transaction. Transactions take turns, so work runs once. It must
// use only the session that it is given: using others would deadlock.
func (db *DB) Do(ctx context.Context, work func(context.Context, Session) error) error {
	return db.log.transaction(ctx, func() error { return work(ctx, Session{db, db.log.step}) })
}

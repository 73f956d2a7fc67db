// Package sqlstore runs SQL statements for the stores of any SQL database. The database
// adapters share this code, but some of their SQL differs.
//
// A [Pool] holds the connections to one database and reuses prepared statements. A [Conn]
// runs statements on any connection of a pool, or in a transaction. A [Dialect]
// translates the errors of a database engine into errors of package ports.
//
// A [Session] runs the reads and writes of a store. In a session of the database, each
// write is a transaction. In the session of a unit of work, each write is a step of one
// transaction. A step begins with a savepoint, so that the transaction can continue if
// the step fails. Each engine implements its own sessions, because savepoints and lost
// transactions behave differently in each database.
//
// A store depends only on Session, so the same code works in both kinds of session.
package sqlstore

import (
	"context"
	"fmt"

	"example.com/portico/domain/event"
)

// Session runs the reads and writes of a store.
type Session interface {
	// Reader returns a Conn for statements that only read.
	Reader() Conn
	// Write runs the function work, possibly more than once. It keeps all writes of the
	// function, or none if the function fails or panics.
	Write(ctx context.Context, work func(Conn) error) error
	// StoreEvents puts the recorded events of an aggregate into the outbox. Call it
	// inside Write, together with the change that the events describe.
	StoreEvents(ctx context.Context, c Conn, aggregate string, recorded []event.Event) error
}

// WriteReturning is Session.Write for a function that returns a result.
func WriteReturning[R any](ctx context.Context, s Session, work func(Conn) (R, error)) (R, error) {
	var result R
	err := s.Write(ctx, func(c Conn) (err error) {
		result, err = work(c)
		return err
	})
	if err != nil {
		return *new(R), err
	}
	return result, nil
}

// Row is a table row that holds an aggregate A.
type Row[A any] interface{ ToDomain() (A, error) }

// Load reads one row. The parameter what describes the row in errors. Errors:
// ports.ErrNotFound if there is no row.
func Load[R Row[A], A any](ctx context.Context, c Conn, what, query string, args ...any) (A, error) {
	var row R
	if err := c.GetOne(ctx, &row, query, args...); err != nil {
		return *new(A), fmt.Errorf("%s: %w", what, err)
	}
	return row.ToDomain()
}

// LoadAll reads all rows. The parameter what describes them in errors.
func LoadAll[R Row[A], A any](ctx context.Context, c Conn, what, query string, args ...any) ([]A, error) {
	var rows []R
	if err := c.SelectAll(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	all := make([]A, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = row.ToDomain(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

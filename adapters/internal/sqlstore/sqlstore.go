// Package sqlstore runs SQL statements for the stores of any SQL database. The
// databases share how statements are run, not the SQL.
//
// There are three parts:
//
//   - A [Pool] is the connections to one database. It prepares each statement once
//     and keeps it, for all connections. - A [Conn] runs statements: on any
//     connection of a pool, or in a transaction. It returns the ports' errors,
//     translated by the engine's [Dialect]. - A [Session] runs the reads and writes
//     of a store. There are two kinds: the database itself, where each write is a
//     transaction, and a transaction of a unit of work, where each write is a step. A
//     step that fails is undone, and the transaction can go on, so each step begins
//     with a savepoint. The engines implement sessions, because savepoints and lost
//     transactions behave differently in each database.
//
// A store is written once, against a Session, and works in both.
package sqlstore

import (
	"context"
	"fmt"

	"example.com/portico/domain/event"
)

// Session runs the reads and writes of a store.
type Session interface {
	// Reader runs statements that only read.
	Reader() Conn
	// Write runs work. All of its writes are kept, or none if it fails or
	// panics. Work may run more than once.
	Write(ctx context.Context, work func(Conn) error) error
	// StoreEvents puts the recorded events of an aggregate into the outbox. It
	// is called inside Write, beside the change that the events describe.
	StoreEvents(ctx context.Context, c Conn, aggregate string, recorded []event.Event) error
}

// WriteReturning is Session.Write for work with a result.
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

// Load reads one row, which errors call what. Errors: ports.ErrNotFound if there is
// none.
func Load[R Row[A], A any](ctx context.Context, c Conn, what, query string, args ...any) (A, error) {
	var row R
	if err := c.GetOne(ctx, &row, query, args...); err != nil {
		return *new(A), fmt.Errorf("%s: %w", what, err)
	}
	return row.ToDomain()
}

// LoadAll reads all rows, which errors call what.
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

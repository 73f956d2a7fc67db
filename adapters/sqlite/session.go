package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// session is where a repository works: the database, where each write is a
// transaction of its own, or a transaction under way, where it is a step.
type session interface {
	reader() conn
	// write runs work such that all of its writes stay, or none when it fails
	// or panics.
	write(ctx context.Context, work func(conn) error) error
}

func (db *DB) reader() conn { return conn{pool: db.readers} }

func (db *DB) write(ctx context.Context, work func(conn) error) error {
	if err := db.transact(ctx, work); err != nil {
		return err
	}
	ring(db.stored)
	return nil
}

// transact runs work in a transaction on the connection that writes. To use the
// database itself in work would wait for ever.
func (db *DB) transact(ctx context.Context, work func(conn) error) error {
	// Package sql gives a connection to any of those who wait for it, a channel to
	// who came first.
	select {
	case db.turn <- struct{}{}:
		defer func() { <-db.turn }()
		return db.writer.transact(ctx, nil, work)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// snapshot runs work on the database as it is at one moment.
func (db *DB) snapshot(ctx context.Context, work func(conn) error) error {
	return db.readers.transact(ctx, &sql.TxOptions{ReadOnly: true}, work)
}

// transaction is the session of a unit of work.
type transaction struct {
	conn
	lost *error // why it cannot go on; nil while it can
}

func (t transaction) reader() conn { return t.conn }

func (t transaction) write(ctx context.Context, work func(conn) error) (err error) {
	if *t.lost != nil {
		return *t.lost
	}
	if _, err := t.exec(ctx, "SAVEPOINT step"); err != nil {
		return err
	}
	end := []string{"ROLLBACK TO step", "RELEASE step"}
	defer func() {
		for _, statement := range end {
			// Where this fails, SQLite has undone the whole transaction, as it does when
			// the disk is full. A further step would be a transaction of its own.
			if _, lost := t.exec(context.WithoutCancel(ctx), statement); lost != nil {
				err = errors.Join(err, lost)
				*t.lost = err
				return
			}
		}
	}()
	if err = work(t.conn); err == nil {
		end = end[1:]
	}
	return err
}

// returning is write with a result.
func returning[R any](ctx context.Context, s session, work func(conn) (R, error)) (R, error) {
	var result R
	err := s.write(ctx, func(c conn) (err error) {
		result, err = work(c)
		return err
	})
	if err != nil {
		return *new(R), err
	}
	return result, nil
}

// each makes what the rows stand for.
func each[R, T any](found []R, rehydrate func(R) (T, error)) ([]T, error) {
	made := make([]T, len(found))
	for i, row := range found {
		var err error
		if made[i], err = rehydrate(row); err != nil {
			return nil, err
		}
	}
	return made, nil
}

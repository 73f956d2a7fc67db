package postgres

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// session is where a repository works: the database, where each write is a
// transaction of its own, or a transaction under way, where it is a step.
type session interface {
	reader() conn
	// write runs work such that all of its writes stay, or none when it fails
	// or panics. Work may run more than once.
	write(ctx context.Context, work func(conn) error) error
	// writeAtOnce is write for work that is one statement.
	writeAtOnce(ctx context.Context, work func(conn) error) error
}

func (db *DB) reader() conn { return conn{pool: db.pool} }

func (db *DB) write(ctx context.Context, work func(conn) error) error {
	return db.stores(ctx, func() error { return db.pool.transact(ctx, work) })
}

// writeAtOnce needs no transaction around it: a statement is one.
func (db *DB) writeAtOnce(ctx context.Context, work func(conn) error) error {
	return db.stores(ctx, func() error { return work(db.reader()) })
}

// stores does what stores events.
func (db *DB) stores(ctx context.Context, do func() error) error {
	if err := retry(ctx, do); err != nil {
		return err
	}
	db.ring()
	return nil
}

// retry does something again while it collides with other transactions, up to 8
// times, with random delays in between that grow to about half a second.
func retry(ctx context.Context, do func() error) error {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(5*time.Millisecond),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(500*time.Millisecond),
		backoff.WithMaxElapsedTime(0))
	return backoff.Retry(func() error {
		err := do()
		if err != nil && !collided(err) {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(backoff.WithMaxRetries(delays, 8), ctx))
}

// transaction is the session of a unit of work.
type transaction struct {
	conn
	stepped *bool // there was a step before
}

func (t transaction) reader() conn { return t.conn }

// write makes a savepoint. It takes the place of the one before, for a
// transaction with many is slow.
func (t transaction) write(ctx context.Context, work func(conn) error) error {
	begin := `SAVEPOINT step`
	if *t.stepped {
		begin = `RELEASE SAVEPOINT step; SAVEPOINT step`
	}
	if _, err := t.tx.ExecContext(ctx, begin); err != nil {
		return failure(ctx, err)
	}
	*t.stepped = true
	done := false
	defer func() {
		if !done {
			// Where this fails, the whole transaction is lost and nothing is left to undo.
			_, _ = t.tx.ExecContext(context.WithoutCancel(ctx), `ROLLBACK TO SAVEPOINT step`)
		}
	}()
	err := work(t.conn)
	done = err == nil
	return err
}

func (t transaction) writeAtOnce(ctx context.Context, work func(conn) error) error {
	return t.write(ctx, work)
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

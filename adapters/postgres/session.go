package postgres

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// Session runs the reads and writes of a store. It is a [DB], or a transaction of a
// unit of work.
type Session interface {
	sqlstore.Session
	// WriteStatement is Write for work that is one statement.
	WriteStatement(ctx context.Context, work func(sqlstore.Conn) error) error
	// EncodeEvents returns the recorded events of an aggregate as the column
	// outbox.message holds them, for a statement that stores them itself.
	EncodeEvents(ctx context.Context, aggregate string, recorded []event.Event) ([]string, error)
}

var (
	_ Session                      = (*DB)(nil)
	_ platform.UnitOfWork[Session] = (*DB)(nil)
)

// Reader is for statements outside of any transaction.
func (db *DB) Reader() sqlstore.Conn { return db.pool.Conn() }

// Write runs work in a transaction, and again after conflicts with others.
func (db *DB) Write(ctx context.Context, work func(sqlstore.Conn) error) error {
	return db.retryWrite(ctx, func() error { return db.pool.Transact(ctx, work) })
}

// WriteStatement needs no explicit transaction, because one statement is atomic.
func (db *DB) WriteStatement(ctx context.Context, work func(sqlstore.Conn) error) error {
	return db.retryWrite(ctx, func() error { return work(db.Reader()) })
}

// retryWrite runs a write, retries it after conflicts, and wakes a relay: the
// write may have stored events.
func (db *DB) retryWrite(ctx context.Context, write func() error) error {
	if err := retryConflicts(ctx, write); err != nil {
		return err
	}
	db.committed.Notify()
	return nil
}

// retryConflicts retries do up to 8 times while it conflicts with other
// transactions, after random delays that grow to about half a second.
func retryConflicts(ctx context.Context, do func() error) error {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(5*time.Millisecond),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(500*time.Millisecond),
		backoff.WithMaxElapsedTime(0))
	return backoff.Retry(func() error {
		err := do()
		if err != nil && !isSerializationFailure(err) {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(backoff.WithMaxRetries(delays, 8), ctx))
}

// NewInbox makes the inbox of a session.
func NewInbox(s Session) platform.Inbox { return sqlstore.Inbox{Write: s.WriteStatement} }

// Do runs work in a transaction. Each statement of work sees what was committed
// before it (READ COMMITTED).
func (db *DB) Do(ctx context.Context, work func(context.Context, Session) error) error {
	return db.Write(ctx, func(c sqlstore.Conn) error {
		return work(ctx, &transaction{eventWriter: db.eventWriter, conn: c})
	})
}

// transaction is the session of a unit of work.
type transaction struct {
	eventWriter
	conn      sqlstore.Conn
	savepoint bool // there is one
}

func (t *transaction) Reader() sqlstore.Conn { return t.conn }

// Write makes a savepoint. It replaces the previous one, because a transaction
// with many savepoints is slow.
func (t *transaction) Write(ctx context.Context, work func(sqlstore.Conn) error) error {
	begin := `SAVEPOINT step`
	if t.savepoint {
		begin = `RELEASE SAVEPOINT step; SAVEPOINT step`
	}
	if err := t.conn.ExecScript(ctx, begin); err != nil {
		return err
	}
	t.savepoint = true
	done := false
	defer func() {
		if !done {
			// If this fails, the whole transaction is lost, and there is nothing to undo.
			_ = t.conn.ExecScript(context.WithoutCancel(ctx), `ROLLBACK TO SAVEPOINT step`)
		}
	}()
	err := work(t.conn)
	done = err == nil
	return err
}

func (t *transaction) WriteStatement(ctx context.Context, work func(sqlstore.Conn) error) error {
	return t.Write(ctx, work)
}

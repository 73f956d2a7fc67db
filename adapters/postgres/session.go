package postgres

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// Session runs the reads and writes of a store. It is a [DB], or a transaction of a unit
// of work.
type Session interface {
	sqlstore.Session
	// WriteStatement is like Write, but the function work must run only one statement.
	WriteStatement(ctx context.Context, work func(sqlstore.Conn) error) error
	// EncodeEvents encodes the recorded events of an aggregate for the column
	// outbox.message, so that a single statement can store them.
	EncodeEvents(ctx context.Context, aggregate string, recorded []event.Event) ([]string, error)
}

var (
	_ Session                      = (*DB)(nil)
	_ platform.UnitOfWork[Session] = (*DB)(nil)
)

// Reader returns a connection without a transaction.
func (db *DB) Reader() sqlstore.Conn { return db.pool.Conn() }

// Write calls the function work in a transaction. It retries after conflicts with other
// transactions.
func (db *DB) Write(ctx context.Context, work func(sqlstore.Conn) error) error {
	return db.retryWrite(ctx, func() error { return db.pool.Transact(ctx, work) })
}

// WriteStatement begins no explicit transaction, because one statement is atomic.
func (db *DB) WriteStatement(ctx context.Context, work func(sqlstore.Conn) error) error {
	return db.retryWrite(ctx, func() error { return work(db.Reader()) })
}

// retryWrite runs a write and retries it after conflicts. After success, it wakes a
// relay, because the write may have stored events.
func (db *DB) retryWrite(ctx context.Context, write func() error) error {
	if err := retryConflicts(ctx, write); err != nil {
		return err
	}
	db.committed.Notify()
	return nil
}

// retryConflicts calls the function do and retries it up to 8 times after conflicts with
// other transactions. Its random delays grow to about half a second.
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

// NewInbox returns the inbox of a session.
func NewInbox(s Session) platform.Inbox { return sqlstore.Inbox{Write: s.WriteStatement} }

// NewAuditLog returns the audit log of a session.
func NewAuditLog(s Session) platform.AuditLog {
	return sqlstore.AuditLog{Reader: s.Reader, Write: s.WriteStatement}
}

// Do calls the function work in a transaction. Each statement sees the data that was
// committed before the statement began (READ COMMITTED).
func (db *DB) Do(ctx context.Context, work func(context.Context, Session) error) error {
	return db.Write(ctx, func(c sqlstore.Conn) error {
		return work(ctx, &transaction{eventWriter: db.eventWriter, conn: c})
	})
}

type transaction struct {
	eventWriter
	conn      sqlstore.Conn
	savepoint bool // a savepoint exists
}

func (t *transaction) Reader() sqlstore.Conn { return t.conn }

// Write creates a savepoint before it calls work. Each savepoint replaces the previous
// one, because many savepoints make a transaction slow.
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
			// If this rollback fails, the whole transaction is lost, and there is nothing
			// to undo.
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

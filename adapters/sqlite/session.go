package sqlite

import (
	"context"
	"errors"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/ports/platform"
)

// Session runs the reads and writes of a store. It is a [DB], or a transaction of a unit
// of work.
type Session = sqlstore.Session

var (
	_ Session                      = (*DB)(nil)
	_ platform.UnitOfWork[Session] = (*DB)(nil)
)

// Reader returns a connection that reads outside of any transaction.
func (db *DB) Reader() sqlstore.Conn { return db.readers.Conn() }

// Write runs the function work in a transaction. Write transactions take turns and never
// conflict, so work runs once. The function work must use only the given connection,
// because writing to db would deadlock.
func (db *DB) Write(ctx context.Context, work func(sqlstore.Conn) error) error {
	if err := db.transact(ctx, work); err != nil {
		return err
	}
	db.committed.Notify()
	return nil
}

// transact is like Write, but does not signal the commit.
func (db *DB) transact(ctx context.Context, work func(sqlstore.Conn) error) error {
	// The channel serves callers in order of arrival, whereas database/sql gives a free
	// connection to any waiting caller.
	select {
	case db.writeSlot <- struct{}{}:
		defer func() { <-db.writeSlot }()
		return db.writer.Transact(ctx, work)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NewInbox makes the inbox of a session.
func NewInbox(s Session) platform.Inbox { return sqlstore.Inbox{Write: s.Write} }

// NewAuditLog makes the audit log of a session.
func NewAuditLog(s Session) platform.AuditLog {
	return sqlstore.AuditLog{Reader: s.Reader, Write: s.Write}
}

// Do runs the function work in a transaction. Transactions take turns, so work runs once.
// The function work must use only the given session, because writing with any other
// session would deadlock.
func (db *DB) Do(ctx context.Context, work func(context.Context, Session) error) error {
	return db.Write(ctx, func(c sqlstore.Conn) error {
		tx := &transaction{eventWriter: db.eventWriter, conn: c}
		if err := work(ctx, tx); err != nil {
			return err
		}
		return tx.lost
	})
}

type transaction struct {
	eventWriter
	conn sqlstore.Conn
	lost error // the error after which the transaction cannot continue, or nil
}

func (t *transaction) Reader() sqlstore.Conn { return t.conn }

func (t *transaction) Write(ctx context.Context, work func(sqlstore.Conn) error) (err error) {
	if t.lost != nil {
		return t.lost
	}
	if _, err := t.conn.Exec(ctx, "SAVEPOINT step"); err != nil {
		return err
	}
	end := []string{"ROLLBACK TO step", "RELEASE step"}
	defer func() {
		for _, statement := range end {
			// If this statement fails, SQLite has rolled back the whole transaction, for
			// example because the disk is full. A later step would run in a new
			// transaction.
			if _, lost := t.conn.Exec(context.WithoutCancel(ctx), statement); lost != nil {
				err = errors.Join(err, lost)
				t.lost = err
				return
			}
		}
	}()
	if err = work(t.conn); err == nil {
		end = end[1:]
	}
	return err
}

// Package sqlite implements transactions, an outbox, an inbox, a broker with dead
// letters, and migrations in one SQLite file. It needs no server. The stores of a domain
// are in separate packages, which use [DB].
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/portico/adapters/internal/schema"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/migrations"
	"example.com/portico/ports/platform"
)

// applicationID marks the file as ours (PRAGMA application_id): "Prto".
const applicationID = 0x5072746f

// DB is one database file. Methods return only after their commit is on disk (WAL,
// synchronous=FULL). SQLite allows one writer at a time, so transactions queue for a
// single writing connection. A few other connections only read.
type DB struct {
	// Scripts holds the migrations, in the folder sqlite. [Open] sets those of package
	// migrations. Change it only before the first use.
	Scripts fs.FS
	schema.Migrator
	path string
	eventWriter
	writer    *sqlstore.Pool
	writeSlot chan struct{} // holds a token while a transaction runs
	readers   *sqlstore.Pool
	committed sqlstore.Signal
	claimed   struct {
		sync.Mutex
		positions map[int64]bool // in the outbox
	}
}

// Open opens the file at path, or creates it. [DB.MigrateUp] creates its schema. Open
// refuses a file that belongs to another application. The codec encodes and decodes the
// stored events.
func Open(ctx context.Context, path string, codec platform.EventCodec) (*DB, error) {
	db := &DB{Scripts: migrations.SQLite, eventWriter: eventWriter{codec}, path: path, writeSlot: make(chan struct{}, 1), committed: sqlstore.NewSignal()}
	db.Migrator = db.migrate
	db.claimed.positions = map[int64]bool{}
	var err error
	if db.writer, err = connect(path, "_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_txlock=immediate", 1); err != nil {
		return nil, err
	}
	if db.readers, err = connect(path, "_query_only=on", 4); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.checkOwner(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// connect makes a pool. Times are bound as microseconds since 1970. Double quotes enclose
// only names, not strings.
func connect(path, settings string, connections int) (*sqlstore.Pool, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{
		Scheme:   "file",
		Path:     "/" + strings.TrimPrefix(filepath.ToSlash(absolute), "/"),
		RawQuery: "_busy_timeout=10000&_time_integer_format=unix_micro&_dqs=0&_error_rc=1&" + settings,
	}
	db, err := sqlx.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return sqlstore.NewPool(db, sqlstore.Dialect{MapError: mapError}), nil
}

// checkOwner marks an empty file as ours, and refuses the file of another application.
func (db *DB) checkOwner(ctx context.Context) error {
	err := db.transact(ctx, func(c sqlstore.Conn) error {
		var owner, objects int64
		if err := c.GetOne(ctx, &owner, "PRAGMA application_id"); err != nil {
			return err
		}
		if err := c.GetOne(ctx, &objects, "SELECT count(*) FROM sqlite_schema"); err != nil {
			return err
		}
		switch {
		case owner == applicationID:
			return nil
		case owner != 0 || objects > 0:
			return errors.New("it belongs to another application")
		}
		_, err := c.Exec(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
		return err
	})
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("it is not a SQLite database: %w", err)
	}
	return err
}

// Close waits for statements in progress.
func (db *DB) Close() error {
	err := db.writer.Close()
	if db.readers != nil {
		err = errors.Join(err, db.readers.Close())
	}
	return err
}

// Ping checks that the database can be read. Errors: ports.ErrUnavailable.
func (db *DB) Ping(ctx context.Context) error {
	var objects int
	return db.Reader().GetOne(ctx, &objects, "SELECT count(*) FROM sqlite_schema")
}

// Committed returns a channel that receives a signal after each commit that may have
// stored events. A signal wakes one relay, and the channel holds at most one signal.
func (db *DB) Committed() <-chan struct{} { return db.committed }

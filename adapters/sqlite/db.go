// Package sqlite keeps everything in one SQLite file, so that a box office
// needs nothing but a disk.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"example.com/portico/adapters/internal/schema"
)

// applicationID marks the file as one of ours (PRAGMA application_id): "Prto".
const applicationID = 0x5072746f

// DB is one database file. A commit is on the disk when a method returns
// (WAL, synchronous=FULL). SQLite has one writer at a time; so this has one
// connection that writes, where transactions wait their turn in line, and a few
// that read.
type DB struct {
	schema.Migrator
	path    string
	writer  *pool
	turn    chan struct{} // holds a token while there is a transaction
	readers *pool
	stored  chan struct{}
	claimed struct {
		sync.Mutex
		positions map[int64]bool // in the outbox
	}
}

// Open opens the file at path and makes it where there is none; its schema is
// for MigrateUp. It refuses a file that is something else.
func Open(ctx context.Context, path string) (*DB, error) {
	db := &DB{path: path, turn: make(chan struct{}, 1), stored: make(chan struct{}, 1)}
	db.Migrator = db.migrate
	db.claimed.positions = map[int64]bool{}
	var err error
	if db.writer, err = connect(path, "_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_txlock=immediate", 1); err != nil {
		return nil, err
	}
	if db.readers, err = connect(path, "_query_only=on", 4); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.recognise(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// connect prepares a pool. Times are bound as microseconds since 1970, and
// "double quotes" are names only.
func connect(path, settings string, connections int) (*pool, error) {
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
	return &pool{DB: db}, nil
}

// recognise marks an empty file as ours, and refuses one that is neither.
func (db *DB) recognise(ctx context.Context) error {
	err := db.transact(ctx, func(c conn) error {
		var owner, objects int64
		if err := c.get(ctx, &owner, "PRAGMA application_id"); err != nil {
			return err
		}
		if err := c.get(ctx, &objects, "SELECT count(*) FROM sqlite_schema"); err != nil {
			return err
		}
		switch {
		case owner == applicationID:
			return nil
		case owner != 0 || objects > 0:
			return errors.New("it belongs to another application")
		}
		_, err := c.exec(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
		return err
	})
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_NOTADB {
		return fmt.Errorf("it is not a SQLite database: %w", err)
	}
	return err
}

// Close waits for what is under way.
func (db *DB) Close() error {
	err := db.writer.Close()
	if db.readers != nil {
		err = errors.Join(err, db.readers.Close())
	}
	return err
}

// Ping tells whether the database can be read. Errors: ports.ErrUnavailable.
func (db *DB) Ping(ctx context.Context) error {
	var objects int
	return db.reader().get(ctx, &objects, "SELECT count(*) FROM sqlite_schema")
}

// Stored is sent to when events were stored, for one relay to wake up. It holds
// one signal, however many commits there were.
func (db *DB) Stored() <-chan struct{} { return db.stored }

func ring(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings already
	}
}

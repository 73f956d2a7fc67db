// Package postgres keeps everything in PostgreSQL, so that many processes can
// share it.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"example.com/portico/adapters/internal/schema"
	"example.com/portico/migrations"
	"example.com/portico/ports"
)

// What holds where the URL does not say otherwise.
const (
	connections      = 16
	connectTimeout   = 5 * time.Second
	statementTimeout = "5s"
	lockTimeout      = "3s"
	// lockStatementTimeout is for the statements of Locks, whatever the URL says.
	lockStatementTimeout = "2s"
	// idleTimeout ends a transaction that nobody goes on with. A relay has one
	// while it hands events over.
	idleTimeout = "60s"
)

// replyGrace is how much longer than a statement is given its answer may take. A
// server that is silent for longer is gone.
const replyGrace = 3 * time.Second

// DB is one database on a server, on connections of its own.
type DB struct {
	schema.Migrator
	pool   *pool
	locks  *sqlx.DB // a lock takes a connection for long, so those are apart
	config pq.Config
	stored chan struct{}
}

// Open prepares to use the database at a URL, as libpq has them
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING),
// and connects when it is used; its schema is for MigrateUp. The URL may set
// any parameter of the server, such as statement_timeout, and how many
// connections there are at most: pool_max_conns.
func Open(address string) (*DB, error) {
	config, limit, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	db := &DB{config: config, stored: make(chan struct{}, 1)}
	db.Migrator = db.migrate
	shared, err := connect(config)
	if err != nil {
		return nil, err
	}
	// However long statements may take, a lock that is lost is noticed soon.
	locking := config.Clone()
	locking.Runtime["statement_timeout"] = lockStatementTimeout
	if db.locks, err = connect(locking); err != nil {
		return nil, err
	}
	shared.SetMaxOpenConns(limit)
	shared.SetMaxIdleConns(limit)
	db.pool = &pool{DB: shared}
	return db, nil
}

// parse tells of an error but not of the URL, for a password may be in it.
func parse(address string) (config pq.Config, limit int, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, 0, errors.New("it is not like postgres://user:password@host:5432/database")
	}
	if config, err = pq.NewConfig(address); err != nil {
		return pq.Config{}, 0, err
	}
	limit = connections
	if text, ok := config.Runtime["pool_max_conns"]; ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			return pq.Config{}, 0, errors.New("pool_max_conns is not a number from 1")
		}
		delete(config.Runtime, "pool_max_conns")
	}
	// Statements take one round trip, those that are not prepared too.
	config.BinaryParameters = true
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.ApplicationName == "" {
		config.ApplicationName = "portico"
	}
	for name, value := range map[string]string{
		"statement_timeout":                   statementTimeout,
		"lock_timeout":                        lockTimeout,
		"idle_in_transaction_session_timeout": idleTimeout,
	} {
		if _, ok := config.Runtime[name]; !ok {
			config.Runtime[name] = value
		}
	}
	return config, limit, nil
}

// InPlainText names the hosts to which what goes to a database URL may go without
// encryption. The URL's parameters and the PG… variables have a say in that.
// There are none for a URL that Open refuses.
func InPlainText(address string) []string {
	config, err := pq.NewConfig(address)
	if err != nil || !slices.Contains([]pq.SSLMode{pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer}, config.SSLMode) {
		return nil
	}
	var hosts []string
	for _, h := range append(config.Multi, pq.ConfigMultihost{Host: config.Host, Hostaddr: config.Hostaddr}) {
		switch {
		case h.Hostaddr.IsValid():
			hosts = append(hosts, h.Hostaddr.String())
		case !strings.HasPrefix(h.Host, "/"): // a socket's folder
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

// patienceFor is how long to wait for the answer to a statement that is given so
// long, as Postgres writes it
// (https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES):
// zero for without end.
func patienceFor(statementTimeout string) (time.Duration, error) {
	text := strings.ReplaceAll(statementTimeout, "min", "m")
	if _, err := strconv.Atoi(text); err == nil {
		text += "ms"
	}
	limit, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("statement_timeout is not a time such as 5s")
	case limit == 0:
		return 0, nil
	}
	return limit + replyGrace, nil
}

// connect prepares connections. They are not kept for ever, so that they spread
// over the servers behind an address that changes.
func connect(config pq.Config) (*sqlx.DB, error) {
	patience, err := patienceFor(config.Runtime["statement_timeout"])
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(dialer{patience: patience})
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetConnMaxLifetime(30 * time.Minute)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// Close ends the connections; it waits for what is under way.
func (db *DB) Close() error { return errors.Join(db.pool.Close(), db.locks.Close()) }

// Ping tells whether the database can be used. Errors: ports.ErrUnavailable.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.reader().get(ctx, &one, `SELECT 1`)
}

// Ready tells whether the database can be used and has all migrations that this
// program knows; it may have more. Errors: ports.ErrUnavailable.
func (db *DB) Ready(ctx context.Context) error {
	newest, err := migrations.Newest(migrations.Postgres)
	if err != nil {
		return err
	}
	var missing bool
	err = db.reader().get(ctx, &missing, `SELECT to_regclass('goose_db_version') IS NULL`)
	if err == nil && !missing {
		err = db.reader().get(ctx, &missing, `SELECT coalesce(max(version_id), 0) < $1 FROM goose_db_version`, newest)
	}
	switch {
	case err != nil:
		return err
	case missing:
		return fmt.Errorf("%w: migrations are missing: run portico migrate up", ports.ErrUnavailable)
	default:
		return nil
	}
}

// Stored is sent to when events were stored, for one relay of this process to
// wake up; what other processes store is found by polling. It holds one signal,
// however many commits there were.
func (db *DB) Stored() <-chan struct{} { return db.stored }

func (db *DB) ring() {
	select {
	case db.stored <- struct{}{}:
	default: // it rings already
	}
}

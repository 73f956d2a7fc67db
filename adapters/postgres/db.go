// Package postgres implements transactions, an outbox, an inbox, locks and migrations
// with PostgreSQL. Any number of processes may share a database. The stores of a domain
// are in separate packages that use [DB].
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"example.com/portico/adapters/internal/schema"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/migrations"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Defaults. The URL can override all of them except lockStatementTimeout.
const (
	connections      = 16
	connectTimeout   = 5 * time.Second
	statementTimeout = "5s"
	lockTimeout      = "3s"
	// lockStatementTimeout is the statement_timeout of the connections for locks.
	lockStatementTimeout = "2s"
	// idleTimeout ends an abandoned transaction. It is long, because a relay keeps its
	// transaction open while it publishes events.
	idleTimeout = "60s"
)

// replyGrace is the permitted delay of a reply after statement_timeout. After a longer
// delay, the connection counts as lost.
const replyGrace = 3 * time.Second

// DB is a PostgreSQL database with a pool of connections.
type DB struct {
	// Scripts holds the migrations, in the folder postgres. [Open] sets those of package
	// migrations. Change it only before the first use.
	Scripts fs.FS
	schema.Migrator
	eventWriter
	pool      *sqlstore.Pool
	locks     *sqlx.DB // separate, because a lock occupies a connection for a long time
	config    pq.Config
	committed sqlstore.Signal
}

// Open returns the database at a URL in the format of libpq
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING). The DB
// connects on first use. [DB.MigrateUp] creates the schema. The URL may set any server
// parameter, such as statement_timeout. It may also set pool_max_conns, the maximum size
// of the pool. The codec encodes and decodes the events in the outbox.
func Open(address string, codec platform.EventCodec) (*DB, error) {
	config, limit, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	db := &DB{Scripts: migrations.Postgres, eventWriter: eventWriter{codec}, config: config, committed: sqlstore.NewSignal()}
	db.Migrator = db.migrate
	shared, err := connect(config)
	if err != nil {
		return nil, err
	}
	// Lost locks must be detected soon, regardless of the statement_timeout in the URL.
	locking := config.Clone()
	locking.Runtime["statement_timeout"] = lockStatementTimeout
	if db.locks, err = connect(locking); err != nil {
		return nil, err
	}
	shared.SetMaxOpenConns(limit)
	shared.SetMaxIdleConns(limit)
	db.pool = sqlstore.NewPool(shared, sqlstore.Dialect{MapError: mapError, CheckArgs: checkArgs})
	return db, nil
}

// parse keeps the URL out of its errors, because the URL may contain a password.
func parse(address string) (config pq.Config, limit int, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, 0, errors.New("it is not like postgres://user:password@host:5432/database")
	}
	if config, err = newConfig(address); err != nil {
		return pq.Config{}, 0, err
	}
	limit = connections
	if text, ok := config.Runtime["pool_max_conns"]; ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			return pq.Config{}, 0, errors.New("pool_max_conns is not a positive number")
		}
		delete(config.Runtime, "pool_max_conns")
	}
	// With binary parameters, even unprepared statements take one round trip.
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

// newConfig is like [pq.NewConfig], but removes the brackets around an IPv6 address
// without a port. The driver keeps these, and then cannot connect to the address.
func newConfig(address string) (pq.Config, error) {
	config, err := pq.NewConfig(address)
	config.Host = strings.Trim(config.Host, "[]")
	return config, err
}

// UnverifiedHosts returns the hosts to which a database URL permits connections without
// TLS, or with TLS that does not verify the server's certificate. The latter is the
// driver's default. The result depends on the URL's parameters and on the PG… environment
// variables. UnverifiedHosts returns none for an invalid URL.
func UnverifiedHosts(address string) []string {
	config, err := newConfig(address)
	if err != nil || config.SSLMode == pq.SSLModeVerifyCA || config.SSLMode == pq.SSLModeVerifyFull {
		return nil
	}
	var hosts []string
	for _, h := range append([]pq.ConfigMultihost{{Host: config.Host, Hostaddr: config.Hostaddr}}, config.Multi...) {
		switch {
		case h.Hostaddr.IsValid():
			hosts = append(hosts, h.Hostaddr.String())
		case !strings.HasPrefix(h.Host, "/") && !strings.HasPrefix(h.Host, "@"): // not a socket
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

// readTimeout returns how long to wait for a reply, given a statement_timeout in
// Postgres's notation
// (https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES).
// Zero means no limit.
func readTimeout(statementTimeout string) (time.Duration, error) {
	text := strings.ReplaceAll(statementTimeout, "min", "m")
	if _, err := strconv.Atoi(text); err == nil {
		text += "ms"
	}
	limit, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("statement_timeout is not a duration such as 5s")
	case limit == 0:
		return 0, nil
	}
	return limit + replyGrace, nil
}

// connect returns a pool. Its connections have a limited lifetime, because the servers
// behind the address may change.
func connect(config pq.Config) (*sqlx.DB, error) {
	timeout, err := readTimeout(config.Runtime["statement_timeout"])
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err)
	}
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(dialer{readTimeout: timeout})
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetConnMaxLifetime(30 * time.Minute)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// Close waits for statements in progress.
func (db *DB) Close() error { return errors.Join(db.pool.Close(), db.locks.Close()) }

// Ready checks that the database can be used and has all migrations that this program
// knows. It accepts newer migrations. Errors: ports.ErrUnavailable.
func (db *DB) Ready(ctx context.Context) error {
	newest, err := schema.Newest(db.Scripts)
	if err != nil {
		return err
	}
	var missing bool
	err = db.Reader().GetOne(ctx, &missing, `SELECT to_regclass('goose_db_version') IS NULL`)
	if err == nil && !missing {
		err = db.Reader().GetOne(ctx, &missing, `SELECT coalesce(max(version_id), 0) < $1 FROM goose_db_version`, newest)
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

// Committed returns a channel that signals the commits of this process, even those
// without events. Each signal wakes one relay. Relays find the events of other processes
// by polling. The channel holds at most one signal.
func (db *DB) Committed() <-chan struct{} { return db.committed }

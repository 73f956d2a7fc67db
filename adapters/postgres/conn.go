package postgres

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"example.com/portico/ports"
)

// pool is the connections to the server. It prepares a statement once: then it
// takes one round trip, and the server has planned it.
type pool struct {
	*sqlx.DB
	prepared sync.Map // *sqlx.Stmt by its text
}

func (p *pool) prepare(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if known, ok := p.prepared.Load(query); ok {
		return known.(*sqlx.Stmt), nil
	}
	statement, err := p.PreparexContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, raced := p.prepared.LoadOrStore(query, statement); raced {
		defer statement.Close()
		return first.(*sqlx.Stmt), nil
	}
	return statement, nil
}

// transact runs work in a transaction.
func (p *pool) transact(ctx context.Context, work func(conn) error) error {
	c := conn{pool: p, unprepared: new([]string)}
	err := p.commit(ctx, c, work)
	for _, query := range *c.unprepared {
		_, _ = p.prepare(ctx, query) //nolint:sqlclosecheck // it is kept, for the next time
	}
	return err
}

func (p *pool) commit(ctx context.Context, c conn, work func(conn) error) error {
	tx, err := p.BeginTxx(ctx, nil)
	if err != nil {
		return failure(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing once committed
	c.tx = tx
	if err := work(c); err != nil {
		return err
	}
	return failure(ctx, tx.Commit())
}

// conn runs statements, on any connection of a pool or in a transaction, and
// gives the ports' errors.
type conn struct {
	pool *pool
	tx   *sqlx.Tx // nil outside of one
	// unprepared is what a transaction has found lacking. To prepare it for the
	// pool takes a connection, and a transaction that has one must not wait for
	// another.
	unprepared *[]string
}

func (c conn) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if c.tx == nil {
		return c.pool.prepare(ctx, query)
	}
	if known, ok := c.pool.prepared.Load(query); ok {
		return c.tx.StmtxContext(ctx, known), nil
	}
	*c.unprepared = append(*c.unprepared, query)
	return c.tx.PreparexContext(ctx, query)
}

func (c conn) run(ctx context.Context, query string, args []any, run func(*sqlx.Stmt) error) error {
	if slices.ContainsFunc(args, noText) {
		return ports.ErrNotFound
	}
	statement, err := c.statement(ctx, query)
	if err == nil {
		err = run(statement)
	}
	return failure(ctx, err)
}

// noText tells that an argument is like text and none that Postgres stores: so
// nothing is there by it. The server says so too, but ends the transaction.
func noText(arg any) bool {
	v := reflect.ValueOf(arg)
	return v.Kind() == reflect.String && (!utf8.ValidString(v.String()) || strings.ContainsRune(v.String(), 0))
}

// get reads one row. Errors: ports.ErrNotFound where there is none.
func (c conn) get(ctx context.Context, row any, query string, args ...any) error {
	return c.run(ctx, query, args, func(s *sqlx.Stmt) error { return s.GetContext(ctx, row, args...) })
}

// list reads all rows. None are found by a text that cannot be stored.
func (c conn) list(ctx context.Context, rows any, query string, args ...any) error {
	err := c.run(ctx, query, args, func(s *sqlx.Stmt) error { return s.SelectContext(ctx, rows, args...) })
	if errors.Is(err, ports.ErrNotFound) {
		return nil
	}
	return err
}

// exec returns how many rows it has changed.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	var changed int64
	err := c.run(ctx, query, args, func(s *sqlx.Stmt) error {
		result, err := s.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	return changed, err
}

// put is exec with the columns of a row, or of several, for arguments.
func (c conn) put(ctx context.Context, query string, row any) error {
	query, args, err := sqlx.Named(query, row)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, sqlx.Rebind(sqlx.DOLLAR, query), args...)
	return err
}

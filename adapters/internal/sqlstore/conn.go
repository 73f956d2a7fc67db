package sqlstore

import (
	"context"
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"

	"example.com/portico/ports"
)

// Dialect holds the parts that differ between database engines.
type Dialect struct {
	// MapError translates a driver error into an error of package ports. It returns nil
	// for nil.
	MapError func(ctx context.Context, err error) error
	// CheckArgs refuses arguments that must not reach the database. A nil CheckArgs
	// accepts all arguments.
	CheckArgs func(args []any) error
}

// Pool holds connections to one database. It reuses prepared statements, to save a round
// trip or parsing time.
type Pool struct {
	*sqlx.DB
	dialect  Dialect
	prepared sync.Map // *sqlx.Stmt by SQL text
}

// NewPool returns a pool of the connections of db. Closing the pool closes db.
func NewPool(db *sqlx.DB, d Dialect) *Pool { return &Pool{DB: db, dialect: d} }

// Conn returns a Conn that runs statements outside of any transaction.
func (p *Pool) Conn() Conn { return Conn{pool: p} }

// Transact runs the function work in a transaction, and commits if work returns nil.
func (p *Pool) Transact(ctx context.Context, work func(Conn) error) error {
	c := Conn{pool: p, unprepared: new([]string)}
	err := p.commit(ctx, c, work)
	for _, query := range *c.unprepared {
		_, _ = p.prepare(ctx, query) //nolint:sqlclosecheck // the pool keeps it
	}
	return err
}

func (p *Pool) commit(ctx context.Context, c Conn, work func(Conn) error) error {
	tx, err := p.BeginTxx(ctx, nil)
	if err != nil {
		return p.dialect.MapError(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	c.tx = tx
	if err := work(c); err != nil {
		return err
	}
	return p.dialect.MapError(ctx, tx.Commit())
}

func (p *Pool) prepare(ctx context.Context, query string) (*sqlx.Stmt, error) {
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

// Conn runs statements, on any connection of a pool or in a transaction.
type Conn struct {
	pool *Pool
	tx   *sqlx.Tx // nil outside of a transaction
	// unprepared collects the statements that the pool has not prepared. The pool
	// prepares them after the transaction, because the transaction must not wait for a
	// second connection.
	unprepared *[]string
	once       bool // prepare each statement for one use
}

// Unprepared returns a Conn that prepares each statement for a single use. The database
// then plans the statement for its arguments. For a statement that is reused, PostgreSQL
// may choose one plan for all arguments.
func (c Conn) Unprepared() Conn {
	c.once = true
	return c
}

// GetOne reads one row. Errors: ports.ErrNotFound if there is none.
func (c Conn) GetOne(ctx context.Context, row any, query string, args ...any) error {
	return c.run(ctx, query, args, func(s *sqlx.Stmt) error { return s.GetContext(ctx, row, args...) })
}

// SelectAll reads all rows. An argument that cannot be stored matches no rows.
func (c Conn) SelectAll(ctx context.Context, rows any, query string, args ...any) error {
	err := c.run(ctx, query, args, func(s *sqlx.Stmt) error { return s.SelectContext(ctx, rows, args...) })
	if errors.Is(err, ports.ErrNotFound) {
		return nil
	}
	return err
}

// Exec runs a statement and returns how many rows it changed.
func (c Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
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

// NamedExec is Exec with :column placeholders for the fields of a row. For a slice of
// rows, NamedExec repeats the VALUES list. The placeholders become $1 and so on, because
// every driver here accepts this form.
func (c Conn) NamedExec(ctx context.Context, query string, row any) error {
	query, args, err := sqlx.Named(query, row)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, sqlx.Rebind(sqlx.DOLLAR, query), args...)
	return err
}

// ExecScript runs statements without arguments in one round trip, without preparing them.
// It works only in a transaction.
func (c Conn) ExecScript(ctx context.Context, statements string) error {
	_, err := c.tx.ExecContext(ctx, statements)
	return c.pool.dialect.MapError(ctx, err)
}

func (c Conn) run(ctx context.Context, query string, args []any, run func(*sqlx.Stmt) error) error {
	if check := c.pool.dialect.CheckArgs; check != nil {
		if err := check(args); err != nil {
			return err
		}
	}
	statement, err := c.statement(ctx, query)
	if err == nil {
		err = run(statement)
		if c.once {
			err = errors.Join(err, statement.Close()) //nolint:sqlclosecheck // only some statements are closed
		}
	}
	return c.pool.dialect.MapError(ctx, err)
}

func (c Conn) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	switch {
	case c.once && c.tx != nil:
		return c.tx.PreparexContext(ctx, query)
	case c.once:
		return c.pool.PreparexContext(ctx, query)
	case c.tx == nil:
		return c.pool.prepare(ctx, query)
	}
	if known, ok := c.pool.prepared.Load(query); ok {
		return c.tx.StmtxContext(ctx, known), nil
	}
	*c.unprepared = append(*c.unprepared, query)
	return c.tx.PreparexContext(ctx, query)
}

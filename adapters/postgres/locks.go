package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// watchInterval is the time between checks of a lock's connection.
const watchInterval = time.Second

// Locker returns a locker that takes session advisory locks, each on a separate
// connection. The server releases a lock when its connection ends, even if the process
// crashed.
func (db *DB) Locker() platform.Locker { return locker{db.locks} }

type locker struct{ connections *sqlx.DB }

func (l locker) TryWithLock(ctx context.Context, name string, work func(context.Context) error) (bool, error) {
	c, err := l.connections.Connx(ctx)
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", name, mapError(ctx, err))
	}
	defer c.Close()
	var held bool
	if err := c.GetContext(ctx, &held, `SELECT pg_try_advisory_lock(hashtextextended($1, 0))`, name); err != nil {
		discard(c) // the connection may hold the lock
		return false, fmt.Errorf("lock %s: %w", name, mapError(ctx, err))
	}
	if !held {
		return false, nil
	}
	defer unlock(ctx, c, name)
	return true, whileConnected(ctx, c, name, work)
}

// unlock discards the connection if the statement fails, so that the server releases the
// lock.
func unlock(ctx context.Context, c *sqlx.Conn, name string) {
	_, err := c.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, name)
	if err != nil {
		discard(c)
	}
}

// whileConnected calls the function work with a context that ends when the connection is
// lost.
func whileConnected(ctx context.Context, c *sqlx.Conn, name string, work func(context.Context) error) (err error) {
	ctx, stop := context.WithCancel(ctx)
	lost := make(chan error, 1)
	go func() {
		lost <- watch(ctx, c)
		stop()
	}()
	defer func() {
		stop()
		if gone := <-lost; gone != nil && errors.Is(err, context.Canceled) {
			err = fmt.Errorf("lock %s was lost: %w: %w", name, ports.ErrUnavailable, gone)
		}
	}()
	return work(ctx)
}

// watch checks the connection until ctx ends. It fails if the connection is lost.
func watch(ctx context.Context, c *sqlx.Conn) error {
	checks := time.NewTicker(watchInterval)
	defer checks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-checks.C:
		}
		if _, err := c.ExecContext(context.WithoutCancel(ctx), `SELECT 1`); err != nil {
			return err
		}
	}
}

// discard closes the connection instead of returning it to the pool.
func discard(c *sqlx.Conn) {
	_ = c.Raw(func(any) error { return driver.ErrBadConn })
}

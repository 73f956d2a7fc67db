package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"example.com/portico/adapters/internal/sqlstore"
)

// migrate runs the function work under a lock, so that only one process changes the
// schema. Goose has no lock for SQLite. The lock is a transaction on a separate file, so
// it is released even if the process crashes.
func (db *DB) migrate(ctx context.Context, work func(*goose.Provider) error) error {
	scripts, err := fs.Sub(db.Scripts, "sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.writer.DB.DB, scripts)
	if err != nil {
		return err
	}
	lock, err := connect(db.path+"-migrating", "_txlock=exclusive", 1)
	if err != nil {
		return err
	}
	defer lock.Close()
	// The transaction must hold the lock until work returns, even if ctx ends first.
	return lock.Transact(context.WithoutCancel(ctx), func(sqlstore.Conn) error {
		if err := work(provider); err != nil {
			return fmt.Errorf("migrate database %s: %w", db.path, mapError(ctx, err))
		}
		return nil
	})
}

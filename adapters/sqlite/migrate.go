package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"example.com/portico/migrations"
)

// migrate lets one process at a time work on the schema. Goose has no lock for
// SQLite; this one is a transaction on a file of its own, which ends with the
// process, however that ends.
func (db *DB) migrate(ctx context.Context, work func(*goose.Provider) error) error {
	scripts, err := fs.Sub(migrations.SQLite, "sqlite")
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
	// The end of ctx ends the work, and the lock not before that.
	return lock.transact(context.WithoutCancel(ctx), nil, func(conn) error {
		if err := work(provider); err != nil {
			return fmt.Errorf("migrate database %s: %w", db.path, failure(ctx, err))
		}
		return nil
	})
}

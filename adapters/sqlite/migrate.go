package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/pressly/goose/v3"

	"example.com/portico/migrations"
)

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero while it is not
}

// MigrateUp brings the schema to its newest version.
func (db *DB) MigrateUp(ctx context.Context) error {
	return db.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes the newest migration back, and what it stored with it.
func (db *DB) MigrateDown(ctx context.Context) error {
	return db.migrate(ctx, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		return err
	})
}

// Migrations are all steps that there are, in their order.
func (db *DB) Migrations(ctx context.Context) ([]Migration, error) {
	var steps []Migration
	err := db.migrate(ctx, func(p *goose.Provider) error {
		found, err := p.Status(ctx)
		for _, s := range found {
			steps = append(steps, Migration{Version: s.Source.Version, Name: path.Base(s.Source.Path), AppliedAt: s.AppliedAt})
		}
		return err
	})
	return steps, err
}

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
	return lock.transact(ctx, nil, func(conn) error {
		if err := work(provider); err != nil {
			return fmt.Errorf("migrate database %s: %w", db.path, failure(ctx, err))
		}
		return nil
	})
}

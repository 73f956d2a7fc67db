// Package schema brings the schema of a SQL database up and down with goose.
package schema

import (
	"context"
	"path"

	"github.com/pressly/goose/v3"

	"example.com/portico/migrations"
)

// Migrator runs work on a database's migrations while nobody else works on
// them.
type Migrator func(ctx context.Context, work func(*goose.Provider) error) error

// MigrateUp brings the schema to its newest version.
func (m Migrator) MigrateUp(ctx context.Context) error {
	return m(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes the newest migration back, and what it stored with it.
func (m Migrator) MigrateDown(ctx context.Context) error {
	return m(ctx, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		return err
	})
}

// Migrations are all that there are, in their order.
func (m Migrator) Migrations(ctx context.Context) ([]migrations.Migration, error) {
	var all []migrations.Migration
	err := m(ctx, func(p *goose.Provider) error {
		found, err := p.Status(ctx)
		for _, s := range found {
			all = append(all, migrations.Migration{Version: s.Source.Version, Name: path.Base(s.Source.Path), AppliedAt: s.AppliedAt})
		}
		return err
	})
	return all, err
}

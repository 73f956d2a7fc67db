package bootstrap

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"example.com/portico/adapters/sqlite"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all migrations that are missing."`
	Down   migrateDown   `cmd:"" help:"Take the newest migration back, with the data that it holds."`
	Status migrateStatus `cmd:"" help:"List the migrations and when they were applied."`
}

func (migrateCommand) Help() string {
	return "Examples:\n\n  portico migrate status\n\n  portico migrate up"
}

type migrateUp struct{}

func (migrateUp) Run(ctx context.Context, p *program) error {
	return onDatabase(ctx, p, func(ctx context.Context, _ Settings, db *sqlite.DB) error { return db.MigrateUp(ctx) })
}

type migrateDown struct{}

func (migrateDown) Run(ctx context.Context, p *program) error {
	return onDatabase(ctx, p, func(ctx context.Context, _ Settings, db *sqlite.DB) error { return db.MigrateDown(ctx) })
}

type migrateStatus struct{}

func (migrateStatus) Run(ctx context.Context, p *program) error {
	return onDatabase(ctx, p, func(ctx context.Context, _ Settings, db *sqlite.DB) error {
		migrations, err := db.Migrations(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
		for _, m := range migrations {
			applied := "missing"
			if !m.AppliedAt.IsZero() {
				applied = m.AppliedAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(table, "%s\t%s\n", m.Name, applied)
		}
		return table.Flush()
	})
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"example.com/portico/ports/platform"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all migrations that are missing."`
	Down   migrateDown   `cmd:"" help:"Roll back the newest migration, with the data that it holds."`
	Status migrateStatus `cmd:"" help:"List the migrations and when they were applied."`
}

func (migrateCommand) Help() string {
	return "Examples:\n\n  {program} migrate status\n\n  {program} migrate up"
}

type migrateUp struct{}

func (migrateUp) Run(ctx context.Context, p *Program) error {
	return withSchema(ctx, p, func(ctx context.Context, db platform.Schema) error {
		applied, err := db.MigrateUp(ctx)
		if err != nil {
			return err
		}
		if len(applied) == 0 {
			fmt.Fprintln(p.Stdout, "nothing to do: the schema is up to date")
		}
		for _, m := range applied {
			fmt.Fprintln(p.Stdout, "applied", m.Name)
		}
		return nil
	})
}

type migrateDown struct{}

func (migrateDown) Run(ctx context.Context, p *Program) error {
	return withSchema(ctx, p, func(ctx context.Context, db platform.Schema) error {
		m, err := db.MigrateDown(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.Stdout, "rolled back", m.Name)
		return nil
	})
}

type migrateStatus struct{}

func (migrateStatus) Run(ctx context.Context, p *Program) error {
	return withSchema(ctx, p, func(ctx context.Context, db platform.Schema) error {
		migrations, err := db.Migrations(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 4, 2, ' ', 0)
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

func withSchema(ctx context.Context, p *Program, work func(context.Context, platform.Schema) error) (err error) {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	db, err := profile.OpenSchema(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return work(ctx, db)
}

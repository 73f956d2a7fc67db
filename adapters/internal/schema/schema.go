// Package schema runs the migrations of a SQL database with goose.
package schema

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"example.com/portico/ports/platform"
)

// Migrator calls the function work with the migrations of a database, in one process at a
// time.
type Migrator func(ctx context.Context, work func(*goose.Provider) error) error

var _ platform.Schema = Migrator(nil)

func (m Migrator) MigrateUp(ctx context.Context) ([]platform.Migration, error) {
	var applied []platform.Migration
	err := m(ctx, func(p *goose.Provider) error {
		results, err := p.Up(ctx)
		if err != nil {
			return err
		}
		for _, r := range results {
			applied = append(applied, migration(r.Source))
		}
		return nil
	})
	return applied, err
}

func (m Migrator) MigrateDown(ctx context.Context) (platform.Migration, error) {
	var rolledBack platform.Migration
	err := m(ctx, func(p *goose.Provider) error {
		result, err := p.Down(ctx)
		if err != nil {
			return err
		}
		rolledBack = migration(result.Source)
		return nil
	})
	return rolledBack, err
}

func (m Migrator) Migrations(ctx context.Context) ([]platform.Migration, error) {
	var all []platform.Migration
	err := m(ctx, func(p *goose.Provider) error {
		statuses, err := p.Status(ctx)
		if err != nil {
			return err
		}
		for _, s := range statuses {
			one := migration(s.Source)
			one.AppliedAt = s.AppliedAt
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

func migration(s *goose.Source) platform.Migration {
	return platform.Migration{Version: s.Version, Name: path.Base(s.Path)}
}

// Newest returns the version of the last migration in files.
func Newest(files fs.FS) (int64, error) {
	scripts, err := fs.Glob(files, "*/*.sql")
	if err != nil || len(scripts) == 0 {
		return 0, cmp.Or(err, fs.ErrNotExist)
	}
	last := path.Base(slices.Max(scripts)) // versions are padded with zeros
	number, _, _ := strings.Cut(last, "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("migration %s: %w", last, err)
	}
	return version, nil
}

// Package migrations holds the schema of each database, in goose's SQL format.
package migrations

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Migration is one step of a schema.
type Migration struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero while it is not
}

// SQLite has its files in the folder sqlite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres has its files in the folder postgres.
//
//go:embed postgres/*.sql
var Postgres embed.FS

// Newest is the version of the last migration in files.
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

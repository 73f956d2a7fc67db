package migrations_test

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"testing"

	migrations "example.com/portico/migrations/starter"
)

func TestEveryMigrationExistsForBothDatabases(t *testing.T) {
	sqlite, postgres := names(t, migrations.SQLite), names(t, migrations.Postgres)
	if len(sqlite) == 0 || !slices.Equal(sqlite, postgres) {
		t.Errorf("SQLite has %v, Postgres has %v, want the same versions and names", sqlite, postgres)
	}
}

func names(t *testing.T, files embed.FS) []string {
	t.Helper()
	found, err := fs.Glob(files, "*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range found {
		found[i] = path.Base(file)
	}
	return found
}

package migrations_test

import (
	"embed"
	"io/fs"
	"path"
	"testing"

	boxoffice "example.com/portico/migrations"
	migrations "example.com/portico/migrations/starter"
)

// TestCopiedMigrationsEqualTheirOriginals is in a file of its own, because a fork that
// removes the originals removes it too.
func TestCopiedMigrationsEqualTheirOriginals(t *testing.T) {
	for copied, original := range map[string]string{
		"0001_messages.sql": "0001_messages.sql", "0002_audit_log.sql": "0008_audit_log.sql", "0003_inbox_age.sql": "0009_inbox_age.sql",
	} {
		for folder, sets := range map[string][2]embed.FS{
			"sqlite": {migrations.SQLite, boxoffice.SQLite}, "postgres": {migrations.Postgres, boxoffice.Postgres},
		} {
			got, want := read(t, sets[0], folder, copied), read(t, sets[1], folder, original)
			if got != want {
				t.Errorf("%s/%s differs from %s", folder, copied, original)
			}
		}
	}
}

func read(t *testing.T, files embed.FS, folder, name string) string {
	t.Helper()
	content, err := fs.ReadFile(files, path.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

package servers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"example.com/portico/tests/integration/images"
)

const postgresPort = "5432/tcp"

// postgres keeps fsync and synchronous_commit on, as in production, because they cost
// little on tmpfs. Autovacuum is off, because a role that is not a superuser cannot drop
// a database in which an autovacuum worker runs.
var postgres = server{
	image: images.Postgres,
	ports: []string{postgresPort},
	data:  []string{"/var/lib/postgresql/data"},
	env: map[string]string{
		"POSTGRES_PASSWORD":    "tests",
		"POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8",
	},
	cmd: []string{"postgres", "-c", "max_connections=500", "-c", "max_wal_size=256MB", "-c", "autovacuum=off"},
	ready: func(ctx context.Context, at addresses) error {
		for _, role := range []string{
			"tests LOGIN PASSWORD 'tests' CREATEDB CREATEROLE",
			PostgresService + " BYPASSRLS ROLE tests",
		} {
			err := execute(ctx, postgresURL(at, "postgres"), `DO $$ BEGIN
				CREATE ROLE `+role+`;
			EXCEPTION WHEN duplicate_object THEN NULL;
			END $$`)
			if err != nil {
				return err
			}
		}
		return nil
	},
}

// PostgresService is a role that row-level security does not bind. The role of the tests
// may switch to it with SET ROLE, but cannot create such a role.
const PostgresService = "tests_service"

func postgresURL(at addresses, user string) string {
	return fmt.Sprintf("postgres://%s:tests@%s/postgres?sslmode=disable", user, at[postgresPort])
}

// postgresServer returns the URL of the server, with a role that is not a superuser:
// superusers bypass row-level security.
var postgresServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("TEST_POSTGRES_URL"); given != "" {
		return given, nil
	}
	at, err := postgres.shared()
	return postgresURL(at, "tests"), err
})

// Postgres returns the URL of a new, empty database. The URL's role owns the database and
// may create databases and roles, but is not a superuser.
func Postgres(t testing.TB) string {
	t.Helper()
	Needed(t)
	return freshDatabase(t, "template0")
}

// PostgresFrom returns the URL of a new database with the schema. It calls the function
// migrate once per schema, and each test gets a copy of the result.
func PostgresFrom(t testing.TB, schema fs.FS, migrate func(ctx context.Context, url string) error) string {
	t.Helper()
	Needed(t)
	template, err := templateFrom(t.Context(), schema, migrate)
	if err != nil {
		t.Fatal(err)
	}
	return freshDatabase(t, template)
}

func freshDatabase(t testing.TB, template string) string {
	t.Helper()
	server, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	if err := createDatabase(t.Context(), server, name, template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := execute(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return databaseOn(server, name)
}

func createDatabase(ctx context.Context, server, name, template string) error {
	return execute(ctx, server, "CREATE DATABASE "+name+" TEMPLATE "+template)
}

// templateFrom makes the template database of a schema, unless it exists.
func templateFrom(ctx context.Context, schema fs.FS, migrate func(ctx context.Context, url string) error) (string, error) {
	server, err := postgresServer()
	if err != nil {
		return "", err
	}
	sum, err := checksum(schema)
	if err != nil {
		return "", err
	}
	name := "template_" + sum
	return name, onPostgres(ctx, server, func(c *sql.Conn) error {
		// Closing the connection releases the lock.
		if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
			return err
		}
		// A database is marked as a template only after its migration has succeeded.
		var finished bool
		err := c.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&finished)
		if err != nil || finished {
			return err
		}
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE template0"} {
			if _, err := c.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if err := migrate(ctx, databaseOn(server, name)); err != nil {
			return fmt.Errorf("migrate the template: %w", err)
		}
		_, err = c.ExecContext(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true ALLOW_CONNECTIONS false")
		return err
	})
}

// checksum returns a hash of the paths and contents of the files.
func checksum(files fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(content), content)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

func databaseOn(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // an earlier connection used this URL
	}
	u.Path = "/" + name
	return u.String()
}

func execute(ctx context.Context, url, statement string) error {
	return onPostgres(ctx, url, func(c *sql.Conn) error {
		_, err := c.ExecContext(ctx, statement)
		return err
	})
}

// onPostgres passes a new connection to the function work. Then it closes the connection,
// because tests that look for leaks would report an open one.
func onPostgres(ctx context.Context, url string, work func(*sql.Conn) error) error {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return work(c)
}

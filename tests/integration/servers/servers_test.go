package servers_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/lib/pq"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"

	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	needsServers(t)
	t.Run("answers a query", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t, servers.Postgres(t))
		if got := value[int](t, db, "SELECT 40 + 2"); got != 42 {
			t.Errorf("40 + 2 = %d, want 42", got)
		}
	})
	t.Run("enables durable commits, as in production", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t, servers.Postgres(t))
		for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			if got := value[string](t, db, "SELECT current_setting($1)", setting); got != "on" {
				t.Errorf("%s is %s, want on", setting, got)
			}
		}
	})
	t.Run("uses a role that does not bypass row-level security", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t, servers.Postgres(t))
		if value[bool](t, db, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") {
			t.Error("the role bypasses row-level security, want that it does not")
		}
	})
	t.Run("gives each test its own database and drops it", func(t *testing.T) {
		t.Parallel()
		db := openPostgres(t, servers.Postgres(t))
		var name string
		t.Run("another test", func(t *testing.T) {
			other := openPostgres(t, servers.Postgres(t))
			name = value[string](t, other, "SELECT current_database()")
			if mine := value[string](t, db, "SELECT current_database()"); name == mine {
				t.Errorf("both tests use %s, want two databases", mine)
			}
		})
		if value[bool](t, db, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name) {
			t.Errorf("%s exists after its test, want it dropped", name)
		}
	})
}

func TestPostgresFrom(t *testing.T) {
	t.Parallel()
	needsServers(t)
	t.Run("migrates once for all tests with the same schema", func(t *testing.T) {
		t.Parallel()
		const tests = 4
		schema := newSchema(t)
		var migrated atomic.Int32
		var urls sync.Map
		var begin, end sync.WaitGroup
		begin.Add(tests)
		for range tests {
			end.Go(func() {
				begin.Done()
				begin.Wait()
				one := &failure{TB: t}
				one.run(func() {
					urls.Store(servers.PostgresFrom(one, schema, func(ctx context.Context, url string) error {
						migrated.Add(1)
						return makeTable(ctx, url)
					}), true)
				})
				if one.message != "" {
					t.Error(one.message)
				}
			})
		}
		end.Wait()
		if got := migrated.Load(); got != 1 {
			t.Errorf("migrated %d times, want once", got)
		}
		databases := 0
		for url := range urls.Range {
			databases++
			if value[bool](t, openPostgres(t, url.(string)), "SELECT to_regclass('kept') IS NULL") {
				t.Errorf("%s has no table, want one", url)
			}
		}
		if databases != tests {
			t.Errorf("%d databases, want %d, one for each test", databases, tests)
		}
	})
	t.Run("migrates another schema separately", func(t *testing.T) {
		t.Parallel()
		servers.PostgresFrom(t, newSchema(t), makeTable)
		db := openPostgres(t, servers.PostgresFrom(t, newSchema(t), func(context.Context, string) error { return nil }))
		if value[bool](t, db, "SELECT to_regclass('kept') IS NOT NULL") {
			t.Error("the database has the table of another schema, want none")
		}
	})
	t.Run("migrates again after a failed migration", func(t *testing.T) {
		t.Parallel()
		schema := newSchema(t)
		broken := errors.New("broken")
		failed := &failure{TB: t}
		failed.run(func() {
			servers.PostgresFrom(failed, schema, func(context.Context, string) error { return broken })
		})
		if !strings.Contains(failed.message, broken.Error()) {
			t.Errorf("the test fails with %q, want %q in it", failed.message, broken)
		}
		db := openPostgres(t, servers.PostgresFrom(t, schema, makeTable))
		if got := value[int](t, db, "SELECT count(*) FROM kept"); got != 0 {
			t.Errorf("%d rows, want none", got)
		}
	})
}

func TestRabbitMQ(t *testing.T) {
	t.Parallel()
	needsServers(t)
	c, err := amqp.Dial(servers.RabbitMQ(t))
	testkit.Must(t, err)
	defer c.Close()
	ch, err := c.Channel()
	testkit.Must(t, err)
	testkit.Must(t, ch.Confirm(false))
	quorum := amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}
	_, err = ch.QueueDeclare("kept", true, false, false, false, quorum)
	testkit.Must(t, err)
	sent, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", "kept", true, false, amqp.Publishing{Body: []byte("hello")})
	testkit.Must(t, err)
	if confirmed, err := sent.WaitContext(t.Context()); !confirmed {
		t.Fatalf("not confirmed: %v", err)
	}

	t.Run("gives each test its own virtual host and deletes it", func(t *testing.T) {
		var url string
		t.Run("another test", func(t *testing.T) {
			url = servers.RabbitMQ(t)
			c, err := amqp.Dial(url)
			testkit.Must(t, err)
			defer c.Close()
			ch, err := c.Channel()
			testkit.Must(t, err)
			if _, err := ch.QueueDeclarePassive("kept", true, false, false, false, quorum); err == nil {
				t.Error("the other test sees this test's queue, want that it does not")
			}
		})
		if c, err := amqp.Dial(url); err == nil {
			c.Close()
			t.Error("the virtual host exists after its test, want it deleted")
		}
	})
	got, ok, err := ch.Get("kept", true)
	if err != nil || !ok || string(got.Body) != "hello" {
		t.Errorf("got %q, %v, %v", got.Body, ok, err)
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	needsServers(t)
	c := openRedis(t, servers.Redis(t))
	testkit.Must(t, c.Set(t.Context(), "key", "mine", 0).Err())
	t.Run("gives each test its own database and empties it", func(t *testing.T) {
		var url string
		t.Run("another test", func(t *testing.T) {
			url = servers.Redis(t)
			other := openRedis(t, url)
			if err := other.Get(t.Context(), "key").Err(); !errors.Is(err, redis.Nil) {
				t.Errorf("the other test reads this test's key with error %v, want %v", err, redis.Nil)
			}
			testkit.Must(t, other.Set(t.Context(), "key", "theirs", 0).Err())
		})
		if n, err := openRedis(t, url).DBSize(t.Context()).Result(); n != 0 || err != nil {
			t.Errorf("%d keys after the test, %v; want none", n, err)
		}
	})
	if got, err := c.Get(t.Context(), "key").Result(); got != "mine" || err != nil {
		t.Errorf("got %q, %v; want mine", got, err)
	}
}

func TestS3(t *testing.T) {
	t.Parallel()
	needsServers(t)
	var name string
	var c *s3.Client
	passed := t.Run("gives a test a bucket that stores objects", func(t *testing.T) {
		c, name = openS3(t, servers.S3(t))
		key := aws.String("a/folder/file")
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &name, Key: key, Body: strings.NewReader("hello")})
		testkit.Must(t, err)
		o, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &name, Key: key})
		testkit.Must(t, err)
		defer o.Body.Close()
		if got, err := io.ReadAll(o.Body); err != nil || string(got) != "hello" {
			t.Errorf("got %q, %v", got, err)
		}
	})
	if !passed {
		return
	}
	if _, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &name}); err == nil {
		t.Errorf("%s exists after its test, want it deleted", name)
	}
}

func TestOwnServersKeepTheirDataAcrossARestart(t *testing.T) {
	t.Parallel()
	needsServers(t)
	t.Run("Postgres", func(t *testing.T) {
		t.Parallel()
		own := servers.OwnPostgres(t)
		testkit.Must(t, makeTable(t.Context(), own.URL))
		own.Stop()
		if err := openPostgres(t, own.URL).PingContext(t.Context()); err == nil {
			t.Error("a stopped server answers, want an error")
		}
		own.Start()
		if got := value[int](t, openPostgres(t, own.URL), "SELECT count(*) FROM kept"); got != 0 {
			t.Errorf("%d rows, want none", got)
		}
	})
	t.Run("RabbitMQ", func(t *testing.T) {
		t.Parallel()
		own := servers.OwnRabbitMQ(t)
		c, err := amqp.Dial(own.URL)
		testkit.Must(t, err)
		defer c.Close()
		ch, err := c.Channel()
		testkit.Must(t, err)
		_, err = ch.QueueDeclare("kept", true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum})
		testkit.Must(t, err)
		own.Stop()
		own.Start()
		again, err := amqp.Dial(own.URL)
		testkit.Must(t, err)
		defer again.Close()
		ch, err = again.Channel()
		testkit.Must(t, err)
		if _, err := ch.QueueDeclarePassive("kept", true, false, false, false, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestOwnServersCanBePausedAndResumed(t *testing.T) {
	t.Parallel()
	needsServers(t)
	own := servers.OwnRedis(t)
	c := openRedis(t, own.URL)
	testkit.Must(t, c.Ping(t.Context()).Err())
	own.Pause()
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := c.Ping(soon).Err(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v of a paused server, want %v", err, context.DeadlineExceeded)
	}
	own.Resume()
	testkit.Must(t, c.Ping(t.Context()).Err())
}

// needsServers skips a whole test with -short, not only its subtests.
func needsServers(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a server: skipped with -short")
	}
}

func openPostgres(t *testing.T, url string) *sql.DB {
	t.Helper()
	connector, err := pq.NewConnector(url)
	testkit.Must(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func value[T any](t *testing.T, db *sql.DB, query string, args ...any) (v T) {
	t.Helper()
	testkit.Must(t, db.QueryRowContext(t.Context(), query, args...).Scan(&v))
	return v
}

// newSchema returns a schema that no other test uses.
func newSchema(t *testing.T) fstest.MapFS {
	return fstest.MapFS{"1.sql": {Data: fmt.Append(nil, t.Name(), time.Now().UnixNano())}}
}

func makeTable(ctx context.Context, url string) error {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, "CREATE TABLE kept (n integer)")
	return err
}

func openRedis(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	testkit.Must(t, err)
	options.ContextTimeoutEnabled = true
	c := redis.NewClient(options)
	t.Cleanup(func() { c.Close() })
	return c
}

func openS3(t *testing.T, b servers.Bucket) (c *s3.Client, name string) {
	t.Helper()
	u, err := url.Parse(b.URL)
	testkit.Must(t, err)
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(u.Query().Get("endpoint")),
		Region:       u.Query().Get("region"),
		Credentials:  credentials.NewStaticCredentialsProvider(b.AccessKeyID, b.SecretAccessKey, ""),
		UsePathStyle: true,
	}), u.Host
}

// failure is a testing.TB that records the message of Fatal.
type failure struct {
	testing.TB
	message string
}

func (f *failure) Fatal(args ...any) {
	f.message = fmt.Sprint(args...)
	panic(f)
}

func (f *failure) run(test func()) {
	defer func() {
		if r := recover(); r != nil && r != any(f) {
			panic(r)
		}
	}()
	test()
}

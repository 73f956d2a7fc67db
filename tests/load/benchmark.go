package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	_ "github.com/lib/pq" // the driver postgres

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/tests/integration/servers"
)

// customers is the number of customers that send requests. It is high enough that no
// customer reaches the default rate limit.
const customers = 128

// benchmark holds Portico, its servers and the programs for comparison.
type benchmark struct {
	options
	t        *testingT
	database string // the URL of Portico's database
	portico  string // host:port
	bare     string // host:port
	staff    string // a token
	buyers   []string
	db       *sql.DB
	shows    []string // ids; each show has seatsOfShow seats to hold
	held     int64    // the number of held seats; shows are filled in order
	seats    []byte   // the path of the seat map

	pgbenchDatabase  string
	script           string
	pgbenchConstants []string
	pgbenchRounds    int
	pgbenchHeld      int

	relay relay
}

// prepare starts the servers and Portico, and prepares the comparisons.
func prepare(t *testingT, o options) *benchmark {
	b := &benchmark{options: o, t: t}
	progress("starting Postgres, RabbitMQ and Redis")
	b.database = servers.OwnPostgres(t).Direct()
	broker, redis := servers.OwnRabbitMQ(t).Direct(), servers.OwnRedis(t).Direct()
	identity := servers.OIDC(t, "portico", servers.NewIdentityKey(t, "key-1"))
	t.must(migrate(t.ctx, b.database))
	b.preparePgbench()

	progress("building and starting portico serve")
	dir, err := os.MkdirTemp("", "portico-load-")
	t.must(err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	binary := filepath.Join(dir, "portico")
	build := exec.CommandContext(t.ctx, "go", "build", "-o", binary, "example.com/portico/cmd/portico")
	build.Stderr = os.Stderr
	t.must(build.Run())
	serve := exec.CommandContext(t.ctx, binary, "serve")
	serve.Dir = dir
	serve.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"PORTICO_PROFILE=production", "PORTICO_HTTP_ADDR=127.0.0.1:0", "PORTICO_OPS_ADDR=127.0.0.1:0", "PORTICO_PPROF=true",
		"PORTICO_DATABASE_URL=" + b.database, "PORTICO_BROKER_URL=" + broker, "PORTICO_REDIS_URL=" + redis,
		"PORTICO_OIDC_ISSUER=" + identity.URL,
		"PORTICO_ALLOW_INSECURE=PORTICO_DATABASE_URL,PORTICO_BROKER_URL,PORTICO_REDIS_URL", // the servers are not on localhost
		"PORTICO_HOLD_FOR=1h",
		"PORTICO_HOLDS_PER_SHOW=0", "PORTICO_SEATS_PER_SHOW=0", "PORTICO_HOLDS_PER_MINUTE=0",
		// X-Forwarded-For gives each customer a different address.
		"PORTICO_TRUSTED_PROXIES=127.0.0.1/32",
		// The API does not use these settings.
		"PORTICO_OBJECTS_URL=s3://none?endpoint=http://127.0.0.1:1&region=none", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none",
		"PORTICO_PAYMENTS_URL=http://127.0.0.1:1",
		"PORTICO_SMTP_URL=smtp://127.0.0.1:1", "PORTICO_MAIL_FROM=Box Office <tickets@example.com>",
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	t.must(err)
	t.Cleanup(func() { log.Close() })
	serve.Stderr = log
	found := b.start(serve, `Portico listens on http://(\S+) .* at (http\S+)\)\.`)
	b.portico = found[1]
	progress("its CPU profile is at %s/debug/pprof/profile", found[2])

	for i := range customers {
		b.buyers = append(b.buyers, identity.Token(fmt.Sprintf("customer-%d", i), map[string]any{"roles": []string{"customer"}}))
	}
	b.staff = identity.Token("olga", map[string]any{"roles": []string{"organiser"}, "org": "globe"})
	b.db, err = sql.Open("postgres", b.database)
	t.must(err)
	t.Cleanup(func() { b.db.Close() })
	b.prepareReads()
	b.relay = openRelay(t, b.database, broker, redis)
	return b
}

// start starts a program and waits until the program prints a line that matches the
// pattern. A cleanup function stops the program.
func (b *benchmark) start(c *exec.Cmd, ready string) (found []string) {
	out, err := c.StdoutPipe()
	b.t.must(err)
	b.t.must(c.Start())
	b.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // fails if the program has ended
		_ = c.Wait()                          // its exit code does not matter
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found = regexp.MustCompile(ready).FindStringSubmatch(lines.Text()); found != nil {
			return found
		}
	}
	output := ""
	if log, ok := c.Stderr.(*os.File); ok {
		content, _ := io.ReadAll(io.NewSectionReader(log, 0, 4096))
		output = ": " + string(content)
	}
	b.t.Fatalf("%s ended before it was ready%s", c, output)
	return nil
}

func migrate(ctx context.Context, database string) error {
	db, err := postgres.Open(database, boxofficeevents.Codec())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.MigrateUp(ctx)
	return err
}

// preparePgbench creates a pgbench script, and a database for it on Portico's Postgres.
func (b *benchmark) preparePgbench() {
	admin, err := sql.Open("postgres", b.database)
	b.t.must(err)
	defer admin.Close()
	_, err = admin.ExecContext(b.t.ctx, "CREATE DATABASE pgbench TEMPLATE template0")
	b.t.must(err)
	b.pgbenchDatabase = strings.Replace(b.database, "/own?", "/pgbench?", 1)
	b.t.must(migrate(b.t.ctx, b.pgbenchDatabase))
	captured, err := captureHold(b.t.ctx, b.pgbenchDatabase)
	b.t.must(err)
	b.script, b.pgbenchConstants = captured.script()
	b.pgbenchHeld = 1 // the captured one
}

func (b *benchmark) holdByPgbench() (measurement, error) {
	b.pgbenchRounds++
	args := append([]string{
		"--no-vacuum", "--protocol=prepared", "--file=-", "--jobs=2", fmt.Sprint("--client=", b.clients), fmt.Sprintf("--time=%.0f", b.duration.Seconds()),
		"--define=n=0", fmt.Sprint("--define=round=", b.pgbenchRounds),
	}, b.pgbenchConstants...)
	done, err := pgbench(b.t.ctx, b.script, append(args, b.pgbenchDatabase)...)
	b.pgbenchHeld += done.count
	return done, err
}

const (
	rowsOfShow  = 20
	seatsOfRow  = 500
	seatsOfShow = rowsOfShow * seatsOfRow
	maxHolds    = 15_000 // per second
)

// addSeats puts enough shows on sale for a round.
func (b *benchmark) addSeats() error {
	for int64(len(b.shows)*seatsOfShow)-b.held < int64(maxHolds*b.duration.Seconds()) {
		id, err := b.openShow(rowsOfShow, seatsOfRow)
		if err != nil {
			return err
		}
		b.shows = append(b.shows, id)
	}
	return nil
}

func (b *benchmark) holdOverHTTP() (measurement, error) {
	done, err := sendRequests(b.t.ctx, b.portico, b.clients, b.duration, http.StatusCreated, func(n int64) []byte {
		n += b.held
		seat := fmt.Sprintf("%c-%d", 'A'+n/seatsOfRow%rowsOfShow, n%seatsOfRow+1)
		body := fmt.Sprintf(`{"showId":"%s","seats":["%s"]}`, b.shows[n/seatsOfShow], seat)
		return b.request("POST", "/api/v1/bookings", n, body, "Authorization: Bearer "+b.buyers[n%customers], fmt.Sprint("Idempotency-Key: key-", n))
	})
	b.held += int64(done.count)
	return done, err
}

// request encodes request number n, which customer n%customers sends.
func (b *benchmark) request(method, path string, n int64, body string, headers ...string) []byte {
	r := bytes.NewBuffer(make([]byte, 0, 2048))
	fmt.Fprintf(r, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 10.0.0.%d\r\n", method, path, b.portico, n%customers)
	for _, h := range headers {
		r.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(r, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	r.WriteString("\r\n" + body)
	return r.Bytes()
}

// seatsToRead is the number of seats in the seat map that is read. It is typical of a
// theatre.
const seatsToRead = 500

// prepareReads puts a show on sale, and starts the bare handler with the show's seat map.
func (b *benchmark) prepareReads() {
	id, err := b.openShow(seatsToRead/50, 50)
	b.t.must(err)
	path := "/api/v1/shows/" + id + "/seats"
	var body []byte
	b.t.must(b.call(http.MethodGet, path, nil, func(answer []byte) error { body = answer; return nil }))
	b.seats = []byte(path)
	self, err := os.Executable()
	b.t.must(err)
	handler := exec.CommandContext(b.t.ctx, self, "-bare")
	handler.Stdin = bytes.NewReader(body)
	handler.Stderr = os.Stderr
	b.bare = b.start(handler, `(\S+)`)[1]
	progress("a seat map has %d bytes", len(body))
}

func (b *benchmark) readSeatMap() (measurement, error) { return b.read(b.portico) }
func (b *benchmark) readBare() (measurement, error)    { return b.read(b.bare) }

func (b *benchmark) read(address string) (measurement, error) {
	requests := make([][]byte, customers)
	for i := range requests {
		requests[i] = b.request("GET", string(b.seats), int64(i), "")
	}
	return sendRequests(b.t.ctx, address, b.clients, b.duration, http.StatusOK, func(n int64) []byte { return requests[n%customers] })
}

func (b *benchmark) openShow(rows, seats int) (id string, err error) {
	plan := make([]map[string]any, rows)
	for i := range plan {
		plan[i] = map[string]any{"name": string(rune('A' + i)), "seats": seats, "tier": "stalls"}
	}
	var made struct{ ID string }
	decode := func(answer []byte) error { return json.Unmarshal(answer, &made) }
	err = b.call(http.MethodPost, "/api/v1/shows", map[string]any{
		"title": "The Tempest", "venue": "Globe", "currency": "EUR", "startsAt": time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339),
		"tiers": []any{map[string]any{"name": "stalls", "price": 4500}}, "rows": plan,
	}, decode)
	if err == nil {
		err = b.call(http.MethodPost, "/api/v1/shows/"+made.ID+"/open", nil, decode)
	}
	return made.ID, err
}

// call sends a request as the organiser.
func (b *benchmark) call(method, path string, body any, read func(answer []byte) error) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(b.t.ctx, method, "http://"+b.portico+path, content)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+b.staff)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	if err != nil {
		return err
	}
	return read(text)
}

// machine describes the machine, the servers and the settings of the run.
func (b *benchmark) machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(info); found != nil {
			model = string(found[1])
		}
	}
	var version string
	b.t.must(b.db.QueryRowContext(b.t.ctx, "SHOW server_version").Scan(&version))
	return fmt.Sprintf("%d cores of %s, %s, PostgreSQL %s, RabbitMQ %s; %d connections, %d rounds of %s",
		runtime.NumCPU(), model, runtime.Version(), version, b.relay.version(), b.clients, b.rounds, b.duration)
}

// promises checks that Portico stored and delivered everything that it acknowledged.
func (b *benchmark) promises(out io.Writer) error {
	var problems []string
	want := func(what string, got, want int64) {
		fmt.Fprintf(out, "%s: %d\n", what, got)
		if got != want {
			problems = append(problems, fmt.Sprintf("%s: %d, want %d", what, got, want))
		}
	}
	count := func(db *sql.DB, query string) (n int64) {
		b.t.must(db.QueryRowContext(b.t.ctx, query).Scan(&n))
		return n
	}
	const (
		bookings = "SELECT count(*) FROM bookings"
		twice    = "SELECT count(*) FROM (SELECT FROM live GROUP BY show_id, seat HAVING count(*) > 1) AS twice"
		live     = "WITH live AS (SELECT show_id, id, json_array_elements(seats)->>'label' AS seat FROM bookings WHERE status IN ('held', 'paying', 'confirmed')) "
		unlike   = `SELECT count(*) FROM live FULL JOIN claims ON (claims.show_id, claims.seat, claims.booking_id) = (live.show_id, live.seat, live.id)
			WHERE live.id IS NULL OR claims.booking_id IS NULL`
	)
	want("bookings, one for each key that was acknowledged", count(b.db, bookings), b.held)
	want("keys", count(b.db, "SELECT count(DISTINCT (customer_id, idempotency_key)) FROM bookings"), b.held)
	want("seats with two live bookings", count(b.db, live+twice), 0)
	want("seats claimed", count(b.db, "SELECT count(*) FROM claims"), b.held)
	want("claims without a live booking, or the other way round", count(b.db, live+unlike), 0)
	want("events left in the outbox", count(b.db, "SELECT count(*) FROM outbox"), 0)
	want("events of holds that arrived", int64(len(b.relay.arrivedHolds)), b.held)
	want("events that were stored and did not arrive", int64(len(b.relay.missing)), 0)
	bounding, err := sql.Open("postgres", b.pgbenchDatabase)
	b.t.must(err)
	defer bounding.Close()
	want("holds that pgbench made", count(bounding, bookings), int64(b.pgbenchHeld))
	if len(problems) > 0 {
		return fmt.Errorf("promises were broken:\n  %s", strings.Join(problems, "\n  "))
	}
	return nil
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

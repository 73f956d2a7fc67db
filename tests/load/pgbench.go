package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/tests/integration/images"
)

// statement is an SQL statement that an adapter sent to the server, with its arguments. A
// nil argument is NULL.
type statement struct {
	sql  string
	args []*string
}

// captureHold makes the adapter hold a seat, and returns the statement that the adapter
// sends. The pgbench script is made from this statement.
func captureHold(ctx context.Context, database string) (statement, error) {
	tap, err := newTap(ctx, database)
	if err != nil {
		return statement{}, err
	}
	defer tap.Close()
	db, err := postgres.Open(tap.url, boxofficeevents.Codec())
	if err != nil {
		return statement{}, err
	}
	defer db.Close()
	now := time.Now()
	sh, err := show.New(capturedShow, actor.Staff{ID: "olga", Organisation: "globe"}, show.Spec{
		Title: "The Tempest", Venue: "Globe", StartsAt: now.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: []show.Row{{Name: "A", Seats: 1, Tier: "stalls"}},
	}, now)
	if err == nil {
		err = sh.Open(now)
	}
	if err == nil {
		err = pgstores.New(db).Shows.Add(ctx, sh)
	}
	if err != nil {
		return statement{}, err
	}
	b, err := booking.Hold(capturedBooking, sh, actor.Person{ID: capturedCustomer}, []show.Label{"A-1"}, now, time.Hour)
	if err != nil {
		return statement{}, err
	}
	if _, err := pgstores.New(db).Bookings.Add(ctx, b, capturedKey, booking.Limits{}); err != nil {
		return statement{}, err
	}
	for _, sent := range tap.sent() {
		if found, ok := findStatement(sent, "INSERT INTO claims"); ok {
			return found, nil
		}
	}
	return statement{}, errors.New("the adapter sent no statement that claims seats")
}

// These are the values in the captured hold. The script replaces all of them except the
// show. The ids are as long as real ids.
const (
	capturedShow     = "01890a5d-ac96-774b-bcce-b302099a8057"
	capturedBooking  = "01890a5d-ac96-774b-bcce-b302099a8058"
	capturedCustomer = "customer-1"
	capturedKey      = "key-1"
)

// script returns the statement as a pgbench script, and its constant arguments as options
// for pgbench. A pgbench script can compute numbers but not text. So every varying value
// is a number, and SQL converts a number to the list of seats. The planner does not know
// the list in advance, just as when the adapter sends the statement.
func (s statement) script() (script string, constants []string) {
	variables := make([]string, len(s.args))
	for i, arg := range s.args {
		variables[i] = fmt.Sprintf(":p%d", i+1)
		switch {
		case arg == nil:
			variables[i] = "NULL"
		case *arg == "":
			variables[i] = "''" // a pgbench variable cannot be empty
		case *arg == capturedBooking || *arg == capturedKey:
			variables[i] = ":id"
		case *arg == capturedCustomer:
			variables[i] = ":customer"
		case *arg == `{"A-1"}`:
			variables[i] = "string_to_array(:id, ',')"
		default:
			constants = append(constants, fmt.Sprintf("--define=p%d=%s", i+1, *arg))
		}
	}
	sql := regexp.MustCompile(`\$\d+`).ReplaceAllStringFunc(s.sql, func(parameter string) string {
		n, _ := strconv.Atoi(parameter[1:])
		return variables[n-1]
	})
	return `\set n :n + 1
\set id 1000000000000000000 + (:round * 100000000 + :n) * 1000 + :client_id
\set customer random(1, ` + strconv.Itoa(customers) + `)
` + sql + ";\n", constants
}

// pgbench runs a script with the installed pgbench, or with the one in the Postgres image
// if pgbench is not installed.
func pgbench(ctx context.Context, script string, args ...string) (measurement, error) {
	command := append([]string{"pgbench"}, args...)
	if _, err := exec.LookPath("pgbench"); err != nil {
		command = append([]string{"docker", "run", "--rm", "--interactive", "--network=host", "--entrypoint=pgbench", images.Of(images.Postgres)}, args...)
	}
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin = strings.NewReader(script)
	output, err := c.CombinedOutput()
	if err != nil {
		return measurement{}, fmt.Errorf("pgbench: %w: %s", err, output)
	}
	return parsePgbench(string(output))
}

var (
	transactions = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	perSecond    = regexp.MustCompile(`tps = ([\d.]+) \(without initial connection time\)`)
)

func parsePgbench(output string) (measurement, error) {
	count, tps := transactions.FindStringSubmatch(output), perSecond.FindStringSubmatch(output)
	if count == nil || tps == nil {
		return measurement{}, fmt.Errorf("pgbench: no result in %q", output)
	}
	n, err := strconv.Atoi(count[1])
	if err != nil {
		return measurement{}, err
	}
	rate, err := strconv.ParseFloat(tps[1], 64)
	if err != nil {
		return measurement{}, err
	}
	return measurement{n, time.Duration(float64(n) / rate * float64(time.Second))}, nil
}

// tap forwards connections to a server and stores what the clients send.
type tap struct {
	net.Listener
	url  string
	mu   sync.Mutex
	kept []*bytes.Buffer
}

func newTap(ctx context.Context, server string) (*tap, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	behind := u.Host
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u.Host = listener.Addr().String()
	t := &tap{Listener: listener, url: u.String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go t.pass(ctx, client, behind)
		}
	}()
	return t, nil
}

func (t *tap) pass(ctx context.Context, client net.Conn, behind string) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", behind)
	if err != nil {
		return
	}
	defer server.Close()
	kept := new(bytes.Buffer)
	t.mu.Lock()
	t.kept = append(t.kept, kept)
	t.mu.Unlock()
	go func() { _, _ = io.Copy(client, server); client.Close() }()
	_, _ = io.Copy(io.MultiWriter(writer(func(p []byte) (int, error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		return kept.Write(p)
	}), server), client)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func (t *tap) sent() [][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all [][]byte
	for _, kept := range t.kept {
		all = append(all, slices.Clone(kept.Bytes()))
	}
	return all
}

// findStatement searches the messages of a client for a statement that contains the text.
// It returns the statement with its bound values
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
func findStatement(sent []byte, text string) (found statement, ok bool) {
	if len(sent) < 4 {
		return found, false
	}
	startUp := int(binary.BigEndian.Uint32(sent))
	sent = sent[min(startUp, len(sent)):]
	name := []byte(nil)
	for len(sent) >= 5 {
		kind, size := sent[0], int(binary.BigEndian.Uint32(sent[1:]))
		if len(sent) < 1+size {
			return found, false
		}
		message := sent[5 : 1+size]
		sent = sent[1+size:]
		switch kind {
		case 'P':
			prepared, rest, _ := bytes.Cut(message, []byte{0})
			sql, _, _ := bytes.Cut(rest, []byte{0})
			if bytes.Contains(sql, []byte(text)) {
				found.sql, name = string(sql), prepared
			}
		case 'B':
			_, rest, _ := bytes.Cut(message, []byte{0})
			of, rest, _ := bytes.Cut(rest, []byte{0})
			if name != nil && bytes.Equal(of, name) {
				found.args = bound(rest)
				return found, true
			}
		}
	}
	return found, false
}

// bound reads the parameter values of a Bind message. The values follow the format codes.
func bound(rest []byte) []*string {
	rest = rest[2+2*binary.BigEndian.Uint16(rest):]
	values := make([]*string, binary.BigEndian.Uint16(rest))
	rest = rest[2:]
	for i := range values {
		size := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if size < 0 {
			continue
		}
		value := string(rest[:size])
		values[i], rest = &value, rest[size:]
	}
	return values
}

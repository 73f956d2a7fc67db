package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/embedded"
	"example.com/portico/tests/hostile"
)

// size is how much the box office contains while requests are measured.
type size struct {
	shows int  // on sale, besides the largest
	taken int  // bookings of ten seats of the largest show
	runs  int  // how often each request is measured
	brief bool // measure without gzip, and prepare one valid request for each operation
}

// office is a box office of the embedded profile in this process, with some content.
type office struct {
	size
	api    http.Handler
	tokens map[string]string // by role

	full    string   // a show of the largest size, with size.taken bookings
	unsold  string   // a show of the largest size, with few bookings
	bought  string   // a booking of ten seats with tickets
	codes   []string // of its tickets that were not used
	keys    int      // used so far
	touched int      // tens of seats of the show unsold that were used
}

// settings remove the limits that would refuse measured requests. The rate limits are too
// high to refuse any, but the limiter still counts, because that is a part of the cost.
var settings = []string{
	"PORTICO_HOLDS_PER_SHOW=0", "PORTICO_SEATS_PER_SHOW=0", "PORTICO_HOLDS_PER_MINUTE=0", "PORTICO_PAYMENTS_IN_PROGRESS=0",
	"PORTICO_DRAFTS_PER_ORGANISATION=0", "PORTICO_RATE_PER_ACTOR=1000000/s", "PORTICO_RATE_PER_ADDRESS=1000000/s",
}

// open makes the box office in an empty folder.
func open(ctx context.Context, dir string, s size) (_ *office, cleanup func(), err error) {
	c, err := config.Load(append([]string{"PORTICO_DATA_DIR=" + dir}, settings...), "no-such-file", nil)
	if err != nil {
		return nil, nil, err
	}
	t, err := telemetry.New(io.Discard, "info")
	if err != nil {
		return nil, nil, err
	}
	svc, release, err := embedded.Profile{Config: c}.Build(bootstrap.Components{API: true, Worker: true}, false)(ctx, t)
	if err != nil {
		t.Close()
		return nil, nil, err
	}
	o := &office{size: s, api: svc.API, tokens: map[string]string{}}
	cleanup = func() { release(); t.Close() }
	for _, role := range []string{"customer", "organiser", "door"} {
		if o.tokens[role], err = embedded.DevelopmentToken(c, role, role+strings.Repeat("x", 240), "globe", time.Hour); err != nil {
			cleanup()
			return nil, nil, err
		}
	}
	stopWorker := bootstrap.Background(svc.Worker.Run)
	err = o.fill(ctx)
	stopWorker() // so that only requests are measured
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	return o, cleanup, nil
}

// fill makes the shows, bookings and tickets that the requests need.
func (o *office) fill(ctx context.Context) error {
	return caught(func() {
		for range o.shows {
			o.openedShow(hostile.SmallShow())
		}
		o.full, o.unsold = o.openedShow(hostile.LargestShow()), o.openedShow(hostile.LargestShow())
		for n := range o.taken {
			o.hold(o.full, seats(n))
		}
		o.bought = o.hold(o.unsold, o.freeSeats())
		o.accepted(o.customer("POST", "/bookings/"+o.bought+"/payment", `{"paymentToken":"tok_ok"}`))
		for {
			o.codes = o.issued()
			if len(o.codes) == 10 && o.send(o.customer("GET", "/bookings/"+o.bought+"/tickets.pdf", "")).status == http.StatusOK {
				return
			}
			select {
			case <-ctx.Done():
				panic(fatal{ctx.Err()})
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
}

// seats returns the n-th ten seats of the largest show.
func seats(n int) []string {
	labels := make([]string, 10)
	for i := range labels {
		labels[i] = fmt.Sprintf("ROW%05d-%d", n/4, n%4*10+i+1)
	}
	return labels
}

// freeSeats returns ten seats of the show unsold that were not used before.
func (o *office) freeSeats() []string {
	o.touched++
	return seats(o.touched - 1)
}

// code returns the code of a ticket that was not used, or of the last ticket if all were.
func (o *office) code() string {
	code := o.codes[0]
	if len(o.codes) > 1 {
		o.codes = o.codes[1:]
	}
	return code
}

func (o *office) customer(method, path, body string) request {
	return request{method: method, path: path, token: o.tokens["customer"], body: body}
}

func (o *office) organiser(method, path, body string) request {
	return request{method: method, path: path, token: o.tokens["organiser"], body: body}
}

// holding returns a request for seats, with an idempotency key of maximum length.
func (o *office) holding(show string, seats []string) request {
	list, err := json.Marshal(seats)
	if err != nil {
		panic(fatal{err})
	}
	r := o.customer("POST", "/bookings", fmt.Sprintf(`{"showId":%q,"seats":%s}`, show, list))
	o.keys++
	r.headers = fmt.Sprintf("Idempotency-Key: %0255d\r\n", o.keys)
	return r
}

func (o *office) issued() []string {
	var tickets struct{ Items []struct{ Code string } }
	o.accepted(o.customer("GET", "/bookings/"+o.bought+"/tickets", "")).decode(&tickets)
	codes := make([]string, len(tickets.Items))
	for i, t := range tickets.Items {
		codes[i] = t.Code
	}
	return codes
}

func (o *office) draft(body string) (id string) {
	return o.accepted(o.organiser("POST", "/shows", body)).id()
}

func (o *office) openedShow(body string) (id string) {
	id = o.draft(body)
	o.accepted(o.organiser("POST", "/shows/"+id+"/open", ""))
	return id
}

func (o *office) hold(show string, seats []string) (id string) {
	return o.accepted(o.holding(show, seats)).id()
}

// answer is an [http.ResponseWriter].
type answer struct {
	header http.Header
	status int
	size   int
	body   *bytes.Buffer // nil if the body is not needed
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.size += len(p)
	if a.body != nil {
		a.body.Write(p)
	}
	return len(p), nil
}

func (a *answer) decode(into any) {
	if err := json.Unmarshal(a.body.Bytes(), into); err != nil {
		panic(fatal{fmt.Errorf("status %d: %w: %s", a.status, err, a.body)})
	}
}

func (a *answer) id() string {
	var created struct{ ID string }
	a.decode(&created)
	return created.ID
}

// handle parses a request as net/http does, and answers it.
func (o *office) handle(a *answer, raw string) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		a.status = http.StatusBadRequest
		return
	}
	r.RemoteAddr = "127.0.0.1:1"
	o.api.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
}

// send handles a request and keeps the answer's body.
func (o *office) send(r request) *answer {
	a := &answer{header: http.Header{}, body: new(bytes.Buffer)}
	o.handle(a, r.bytes(false))
	return a
}

// accepted is like send, but panics if the request is refused.
func (o *office) accepted(r request) *answer {
	a := o.send(r)
	if a.status >= http.StatusBadRequest {
		panic(fatal{fmt.Errorf("%s %s: status %d: %s", r.method, r.path, a.status, a.body)})
	}
	return a
}

// fatal is the panic value of a step that failed.
type fatal struct{ error }

// caught returns the error of a step that failed.
func caught(do func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatal:
			err = p.error
		default:
			panic(p)
		}
	}()
	do()
	return nil
}

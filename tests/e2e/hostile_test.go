package e2e

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/hostile"
	"example.com/portico/tests/testkit"
)

// The tests in this file check that one hostile customer cannot harm the others.

// defaultLimits restores the limits that the tests usually disable.
var defaultLimits = []string{
	"PORTICO_HOLDS_PER_SHOW=", "PORTICO_SEATS_PER_SHOW=", "PORTICO_HOLDS_PER_MINUTE=", "PORTICO_PAYMENTS_IN_PROGRESS=",
}

func TestOneCustomerCannotHoldAWholeShow(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, defaultLimits...)
		show := box.organiser().openedShow(newShow())
		mallory := box.customer("mallory@example.com")
		answers := make([]*harness.Answer, 12)
		testkit.RunConcurrently(len(answers), func(i int) {
			answers[i] = mallory.tryHold(uuid.NewString(), show.ID, fmt.Sprint("A-", i+1))
		})
		held := 0
		for _, a := range answers {
			if a.Status == http.StatusCreated {
				held++
				continue
			}
			a.Problem(409, "limit-reached")
		}
		if held != 4 {
			t.Errorf("%d bookings were made, want 4", held)
		}
		box.customer("bob@example.com").hold(show.ID, "B-1")
	})
}

func TestABookingTakesTenAttemptsToPay(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		mallory := box.customer("mallory@example.com")
		b := mallory.hold(box.organiser().openedShow(newShow()).ID, "A-1")
		for attempt := 1; attempt <= 10; attempt++ {
			mallory.pay(b.ID, fmt.Sprint("tok_stolen_", attempt))
			mallory.becomes(b.ID, client.BookingStatusHeld)
		}
		mallory.tryPay(b.ID, "tok_ok").Problem(409, "too-many-attempts")
	})
}

// TestSlowPaymentsOfOneCustomerDoNotDelayOthers requests many payments that the gateway
// never answers. Each of them keeps a handler busy for 12 seconds.
func TestSlowPaymentsOfOneCustomerDoNotDelayOthers(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, defaultLimits...)
		mallory, bob := box.customer("mallory@example.com"), box.customer("bob@example.com")
		var unanswered []string
		for range 4 {
			show := box.organiser().openedShow(newShow())
			for seat := 1; seat <= 4; seat++ {
				b := mallory.hold(show.ID, fmt.Sprint("A-", seat))
				if a := mallory.tryPay(b.ID, "tok_timeout"); a.Status != http.StatusAccepted {
					a.Problem(409, "limit-reached")
					continue
				}
				unanswered = append(unanswered, b.ID)
			}
		}
		if len(unanswered) != 2 {
			t.Errorf("%d payments are in progress, want 2", len(unanswered))
		}
		bob.bought(box.organiser().openedShow(newShow()).ID, "A-1")
		for _, id := range unanswered {
			if got := mallory.booking(id).Status; got != client.BookingStatusPaying {
				t.Errorf("a payment without an answer is %s after bob's payment, want paying", got)
			}
		}
	})
}

// TestALookupThatCannotBeReadDoesNotHarmOthers loses the answer to a charge, and makes
// every lookup of that charge too long to read.
func TestALookupThatCannotBeReadDoesNotHarmOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("waits most of a minute for ten lookups")
	}
	inEachProfile(t, func(t *testing.T, open opener) {
		gateway := simulateUnreadableLookups(t)
		box := open(t, paymentsAt(gateway.url), "PORTICO_PAY_WITHIN=3s")
		show := box.organiser().openedShow(newShow())
		mallory, bob := box.customer("mallory@example.com"), box.customer("bob@example.com")
		poisoned := mallory.hold(show.ID, "A-1")
		mallory.pay(poisoned.ID, "tok_timeout")
		harness.Eventually(t, time.Minute, "ten failed lookups", func() bool { return gateway.lookups.Load() >= 10 })

		for seat := 2; seat <= 6; seat++ {
			bob.bought(show.ID, fmt.Sprint("A-", seat))
		}
		if got := mallory.booking(poisoned.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking without an outcome is %s, want paying", got)
		}
		for _, breaker := range []string{"portico_payments_breaker_open", "portico_payments_lookups_breaker_open"} {
			if got := box.Metric(breaker); got > 0 {
				t.Errorf("%s is %v, want 0", breaker, got)
			}
		}
	})
}

// unreadableLookups is a payment gateway whose answers to lookups are too long to read.
type unreadableLookups struct {
	url, ledger string
	lookups     atomic.Int32
}

func simulateUnreadableLookups(t *testing.T) *unreadableLookups {
	t.Helper()
	g := &unreadableLookups{ledger: filepath.Join(t.TempDir(), ledgerFile)}
	simulator, err := payments.OpenSimulator(g.ledger, "key")
	testkit.Must(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			g.lookups.Add(1)
			_, _ = w.Write(bytes.Repeat([]byte(" "), 2<<20)) // the client stops reading
			return
		}
		simulator.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { simulator.Close(); server.Close() })
	g.url = simulator.URL(server.Listener.Addr().String())
	return g
}

// TestCostlyBodiesAreRefused sends the largest bodies with the most errors.
func TestCostlyBodiesAreRefused(t *testing.T) {
	box := openEmbedded(t, "PORTICO_RATE_PER_ACTOR=off")
	huge := `{"rows":[` + strings.Repeat(`{},`, 300_000) + `{}]}`
	box.customer("mallory@example.com").Call("POST", "/api/v1/shows", huge).Problem(403, "forbidden")
	box.organiser().Call("POST", "/api/v1/shows", huge).Problem(413, "request-too-large")
	box.organiser().Call("POST", "/api/v1/shows", huge[:200_000]).Problem(400, "malformed-request")
	a := box.organiser().Call("POST", "/api/v1/shows", `{"rows":[`+strings.Repeat(`{},`, 3_000)+`{}]}`)
	a.Problem(422, "invalid")
	if len(a.Body) > 64<<10 {
		t.Errorf("the problem has %d bytes, want at most 64 KiB", len(a.Body))
	}
	box.customer("mallory@example.com").Call("POST", "/api/v1/bookings", `{"seats":[`+strings.Repeat("1,", 3_000)+`1]}`,
		"Idempotency-Key", "key-1").Problem(413, "request-too-large")
}

// TestBodiesThatEndEarlyAreNoFault sends to each operation a body that is shorter than its
// Content-Length, and one with an invalid chunk.
func TestBodiesThatEndEarlyAreNoFault(t *testing.T) {
	box := openEmbedded(t, "PORTICO_RATE_PER_ACTOR=off")
	tokens := map[string]string{"customer": box.customer("mallory@example.com").Token, "organiser": box.organiser().Token, "door": box.door().Token}
	for name, op := range documentedOperations(t) {
		token := tokens["customer"]
		if len(op.roles) > 0 {
			token = tokens[op.roles[0]]
		}
		for _, body := range []string{"Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\nx\r\n"} {
			request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nIdempotency-Key: 1\r\nContent-Type: application/json\r\n%s",
				op.method, strings.ReplaceAll(op.path, "{id}", uuid.NewString()), token, body)
			if status := box.sendAndStop(t, request); status >= 500 {
				t.Errorf("%s answers %q with %d, want no fault of the server", name, body, status)
			}
		}
	}
	box.logsNoError(len(box.Output.Lines()))
}

// sendAndStop sends a request, ends the sending side of the connection, and returns the
// status of the response.
func (b *boxOffice) sendAndStop(t *testing.T, request string) (status int) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(b.URL, "http://"))
	testkit.Must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	testkit.Must(t, err)
	testkit.Must(t, conn.(*net.TCPConn).CloseWrite())
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	testkit.Must(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

var attackFor = flag.Duration("attack", 5*time.Second, "how long TestCostlyRequestsOfOneCallerLeaveMemoryForOthers attacks")

// TestCostlyRequestsOfOneCallerLeaveMemoryForOthers sends the costliest requests with one
// token without pause, and then those that need no token. In the second half of the time,
// it also sends them on connections on which it reads no responses. It measures a release build with its default limits.
func TestCostlyRequestsOfOneCallerLeaveMemoryForOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds, and keeps all processors busy")
	}
	dir := t.TempDir()
	box := &boxOffice{program.Prepare(t, dir, harness.Folder(dir))}
	box.UseReleaseBuild()
	box.Start()
	show := box.organiser().openedShow(newShow())
	bob := box.customer("bob@example.com")
	booking := bob.hold(show.ID, "A-1")
	mallory := box.as("organiser", "mallory", "mallory's")
	probe := func() {
		bob.Call("GET", "/api/v1/shows/"+show.ID+"/seats", nil).Want(200)
		bob.Call("GET", "/api/v1/bookings/"+booking.ID, nil).Want(200)
	}

	usual := median(latencies(t.Context(), *attackFor, probe))
	for _, attack := range newAttacks(mallory) {
		t.Run(attack.name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), *attackFor)
			defer stop()
			var running sync.WaitGroup
			for i := range 8 {
				running.Go(func() { attack.readResponses(ctx, i) })
			}
			for i := range 32 {
				running.Go(func() {
					pause(ctx, *attackFor/2) // because these connections delay the other requests of the caller
					attack.ignoreResponses(ctx, i)
				})
			}
			var resident float64
			running.Go(func() {
				for ctx.Err() == nil {
					resident = max(resident, box.Metric("process_resident_memory_bytes"))
					pause(ctx, 100*time.Millisecond)
				}
			})
			attacked := median(latencies(ctx, *attackFor, probe))
			running.Wait()

			t.Logf("resident memory %.0f MiB; %d costly responses", resident/(1<<20), attack.answered.Load())
			t.Logf("another customer's requests: median %v, usually %v", attacked, usual)
			if resident > 128<<20 {
				t.Errorf("the program uses %.0f MiB, want at most 128", resident/(1<<20))
			}
			if attack.answered.Load() == 0 {
				t.Error("no costly request was answered, want some")
			}
		})
	}
}

// attack holds the costliest requests of one caller.
type attack struct {
	name     string
	root     string
	requests []string // as they are sent
	maps     []string // those of the largest responses
	answered atomic.Int64
}

// newAttacks creates shows of the largest size. Their seat maps are too many for the caches
// of the program. It returns the attacks of an organiser and of a client without a token.
func newAttacks(c *caller) []*attack {
	root := strings.TrimPrefix(c.App.URL, "http://")
	a := &attack{name: "of one token", root: root}
	authorization := "Authorization: Bearer " + c.Token + "\r\n"
	request := func(method, path, body string) string {
		return fmt.Sprintf("%s /api/v1%s HTTP/1.1\r\nHost: localhost\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			method, path, authorization, len(body), body)
	}
	for range 8 {
		draft := harness.Decode[client.Show](c.Call("POST", "/api/v1/shows", hostile.LargestShow()).Want(201))
		c.Call("POST", "/api/v1/shows/"+draft.ID+"/open", nil).Want(200)
		a.maps = append(a.maps, request("GET", "/shows/"+draft.ID+"/seats", ""))
		a.requests = append(a.requests, request("GET", "/shows/"+draft.ID, ""), request("POST", "/shows/"+draft.ID+"/open", ""))
	}
	a.requests = append(a.requests, a.maps...)
	a.requests = append(a.requests, request("GET", "/shows?limit=100", ""), request("POST", "/shows", hostile.LargestShow()))
	anonymous := &attack{name: "of one address without tokens", root: root}
	for _, r := range a.maps {
		anonymous.maps = append(anonymous.maps, strings.Replace(r, authorization, "", 1))
	}
	for _, r := range a.requests {
		if strings.HasPrefix(r, "GET ") {
			anonymous.requests = append(anonymous.requests, strings.Replace(r, authorization, "", 1))
		}
	}
	anonymous.requests = append(anonymous.requests, "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
	const maxShowBody = 262_144
	for _, body := range slices.Concat(hostile.ShowBodies(maxShowBody), hostile.Bodies(hostile.LargestShow(), maxShowBody)) {
		a.requests = append(a.requests, request("POST", "/shows", body.Text))
	}
	return []*attack{a, anonymous}
}

// readResponses sends all requests in turn and reads the responses. It dials again when
// the server closes the connection.
func (a *attack) readResponses(ctx context.Context, first int) {
	for next := first; ctx.Err() == nil; {
		a.connect(ctx, func(conn net.Conn) {
			responses := bufio.NewReader(conn)
			for ; ctx.Err() == nil; next++ {
				if _, err := io.WriteString(conn, a.requests[next%len(a.requests)]); err != nil {
					return
				}
				response, err := http.ReadResponse(responses, nil) //nolint:bodyclose // the connection is closed
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, response.Body); err != nil {
					return
				}
				a.answered.Add(1)
			}
		})
	}
}

// ignoreResponses requests the largest responses, but does not read them.
func (a *attack) ignoreResponses(ctx context.Context, first int) {
	for next := first; ctx.Err() == nil; next++ {
		a.connect(ctx, func(conn net.Conn) {
			_, _ = io.WriteString(conn, strings.Repeat(a.maps[next%len(a.maps)], 4)) // fails if the server refuses it
			pause(ctx, 3*time.Second)
		})
	}
}

func (a *attack) connect(ctx context.Context, use func(net.Conn)) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", a.root)
	if err != nil {
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	use(conn)
}

// latencies repeats a request until the time is over, with pauses in between, and returns
// the duration of each.
func latencies(ctx context.Context, duration time.Duration, request func()) []time.Duration {
	var all []time.Duration
	for began := time.Now(); time.Since(began) < duration && ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
		since := time.Now()
		request()
		all = append(all, time.Since(since))
	}
	return all
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// pause waits for the duration d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

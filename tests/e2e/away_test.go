package e2e

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/integration/servers"
)

// These tests take away one server after another from a box office under load,
// in every way in which a server can be away, look at what customers notice, and
// give it back. In the end all that was promised has to hold.

// way is one in which a server can be away.
type way struct {
	name     string
	leave    func()
	giveBack func()
}

func waysOf(line *servers.Line) []way {
	return []way{
		{"slow", func() { line.Latency(150 * time.Millisecond) }, line.Restore},
		{"cut", line.Cut, line.Restore},
		{"half-open", line.HalfOpen, line.Restore},
	}
}

func waysOfContainer(line *servers.Line, own *servers.Own) []way {
	return append(waysOf(line), way{"stopped", own.Stop, own.Start})
}

// siege is a box office with a crowd before it.
type siege struct {
	*boxOffice
	show  client.Show
	crowd *crowd
	ann   *diary // does what the tests look at, beside the crowd
	seat  int
}

// besiege opens a box office on servers of which change replaces one.
func besiege(t *testing.T, change func(*others), settings ...string) *siege {
	t.Helper()
	dir := t.TempDir()
	o := startOthers(t, dir)
	change(o)
	if o.payments == "" {
		o.payments = simulate(t, filepath.Join(dir, ledger))
	}
	box := prepare(t, dir, o, append(append(o.settings(), "PORTICO_HOLD_FOR=20s", "PORTICO_RATE_PER_ACTOR=500/s"), settings...)...).asReleased()
	box.start()
	s := &siege{boxOffice: box, show: box.organiser().openedShow(house())}
	s.crowd = box.gather(s.show.ID, 3, uint64(time.Now().UnixNano()))
	s.ann = s.crowd.join(box, s.show.ID, "ann@example.com", nil)
	return s
}

// through takes the server away in each way and gives it back.
func (s *siege) through(t *testing.T, ways []way, during func(t *testing.T, way string), after func(t *testing.T)) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			before := s.crowd.held.Load()
			eventually(t, time.Minute, "the crowd is at work", func() bool { return s.crowd.held.Load() > before+5 })
			w.leave()
			func() {
				defer w.giveBack()
				during(t, w.name)
			}()
			after(t)
		})
	}
	made, paid, _ := s.crowd.goHome()
	t.Logf("%d bookings made, %d payments asked for, %d answers of 503", made, paid, s.crowd.unavailable.Load())
	s.settles(s.show.ID)
	s.keepsItsPromises(s.show.ID, s.crowd.diaries)
}

// book holds a seat in the last row, where the crowd does not look, and asks for
// its payment.
func (s *siege) book() client.Booking {
	s.t.Helper()
	s.seat++
	b, e := s.ann.book(fmt.Sprintf("%c-%d", 'A'+crowdedRows, s.seat))
	a := s.ann.insist("POST", "/api/v1/bookings/"+b.ID+"/payment", map[string]any{"paymentToken": "tok_ok"})
	if a.Status != http.StatusConflict { // the answer to an earlier try was lost
		a.want(http.StatusAccepted)
		e.payments++
	}
	return b
}

// served waits for all that a customer is to get for what was paid.
func (s *siege) served(bookingID string) {
	s.t.Helper()
	eventually(s.t, time.Minute, "booking "+bookingID+" is confirmed", func() bool {
		return s.ann.booking(bookingID).Status == client.BookingStatusConfirmed
	})
	eventually(s.t, time.Minute, "the PDF of booking "+bookingID, func() bool { return s.pdf(bookingID).Status == http.StatusOK })
	eventually(s.t, time.Minute, "the mail for booking "+bookingID, func() bool { return s.mails(bookingID) > 0 })
	if n, _ := s.standing(bookingID); n != 1 {
		s.t.Errorf("%d charges stand for booking %s", n, bookingID)
	}
}

func (s *siege) pdf(bookingID string) *answer {
	s.t.Helper()
	return s.ann.call("GET", "/api/v1/bookings/"+bookingID+"/tickets.pdf", nil)
}

// wantNoRefusals is for servers that customers do not notice the absence of.
func (s *siege) wantNoRefusals(t *testing.T) {
	t.Helper()
	if n := s.crowd.unavailable.Load(); n != 0 {
		t.Errorf("%d answers were 503", n)
	}
}

// metric is the sum of the metrics of this name whose labels include these.
func (b *boxOffice) metric(name string, labels ...string) float64 {
	b.t.Helper()
	response, err := httpClient.Get(b.ops + "/metrics")
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	sum := 0.0
	for _, line := range lines(string(page)) {
		series, value, _ := strings.Cut(line, " ")
		if n, _, _ := strings.Cut(series, "{"); n != name {
			continue
		}
		all := true
		for _, l := range labels {
			all = all && contains(series, l)
		}
		if v, err := strconv.ParseFloat(value, 64); all && err == nil {
			sum += v
		}
	}
	return sum
}

func TestRedisAway(t *testing.T) {
	t.Parallel()
	own := servers.OwnRedis(t)
	line := servers.Proxy(t, own.URL)
	s := besiege(t, func(o *others) { o.redis = line.URL })
	limited := func() bool {
		return s.ann.call("GET", "/api/v1/bookings?limit=1", nil).want(200).Header.Get("RateLimit") != ""
	}

	s.through(t, waysOfContainer(line, own), func(t *testing.T, _ string) {
		counted := s.metric("portico_degraded_total")
		b := s.book()
		s.served(b.ID)
		s.ann.seatsBecome(s.show.ID, client.SeatStatusSold, b.Seats...)
		eventually(t, 20*time.Second, "nobody is limited", func() bool { return !limited() })
		if s.metric("portico_degraded_total") <= counted {
			t.Error("nobody has counted that Redis is away")
		}
	}, func(t *testing.T) {
		eventually(t, 20*time.Second, "requests are limited again", limited)
	})
	s.wantNoRefusals(t)
}

func TestRabbitMQAway(t *testing.T) {
	t.Parallel()
	own := servers.OwnRabbitMQ(t)
	line := servers.Proxy(t, own.URL)
	s := besiege(t, func(o *others) { o.broker = line.URL })
	var accepted client.Booking

	s.through(t, waysOfContainer(line, own), func(t *testing.T, way string) {
		if way == "slow" {
			accepted = s.book()
			s.served(accepted.ID)
			return
		}
		eventually(t, 30*time.Second, "events wait", func() bool { return s.metric("portico_outbox_pending") > 0 })
		accepted = s.book()
		eventually(t, 30*time.Second, "events wait for some time", func() bool { return s.metric("portico_outbox_oldest_seconds") > 1 })
		if got := s.ann.booking(accepted.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking is %s", got)
		}
	}, func(t *testing.T) {
		s.served(accepted.ID)
		eventually(t, time.Minute, "no events wait for long", func() bool { return s.metric("portico_outbox_oldest_seconds") < 1 })
	})
	s.wantNoRefusals(t)
}

func TestPostgresAway(t *testing.T) {
	t.Parallel()
	own := servers.OwnPostgres(t)
	if err := migrate(t.Context(), own.URL); err != nil {
		t.Fatal(err)
	}
	line := servers.Proxy(t, own.URL)
	s := besiege(t, func(o *others) { o.database = line.URL }, "PORTICO_REQUEST_TIMEOUT=6s")

	s.through(t, waysOfContainer(line, own), func(t *testing.T, way string) {
		if way == "slow" {
			b := s.book()
			s.served(b.ID)
			return
		}
		const atOnce = 100
		refusals := func() (longest time.Duration) {
			var asking sync.WaitGroup
			var mu sync.Mutex
			for range atOnce {
				asking.Go(func() {
					begun := time.Now()
					a := s.ann.call("GET", "/api/v1/bookings?limit=1", nil)
					took := time.Since(begun)
					mu.Lock()
					defer mu.Unlock()
					longest = max(longest, took)
					if p := a.problem(503, "unavailable"); p.Status != 503 || a.Header.Get("Retry-After") == "" {
						t.Errorf("503 without Retry-After: %v", a.Header)
					}
				})
			}
			asking.Wait()
			return longest
		}
		eventually(t, 20*time.Second, "a request is refused", func() bool {
			return s.ann.call("GET", "/api/v1/bookings?limit=1", nil).Status == http.StatusServiceUnavailable
		})
		// The limit is 6 s; half of a minute is what a stuck connection takes.
		if longest := refusals(); longest > 15*time.Second {
			t.Errorf("a refusal took %s", longest)
		}
		running := s.metric("go_goroutines")
		for range 2 {
			refusals()
		}
		eventually(t, 20*time.Second, "no goroutines pile up", func() bool { return s.metric("go_goroutines") < running+atOnce })
	}, func(t *testing.T) {
		s.served(s.book().ID)
	})
}

func TestS3Away(t *testing.T) {
	t.Parallel()
	own, bucket := servers.OwnS3(t)
	line := servers.Proxy(t, own.URL)
	s := besiege(t, func(o *others) { o.bucket = bucket.Through(line.URL) })
	var paid client.Booking

	s.through(t, waysOfContainer(line, own), func(t *testing.T, way string) {
		paid = s.book()
		s.ann.becomes(paid.ID, client.BookingStatusConfirmed)
		if way == "slow" {
			s.served(paid.ID)
			return
		}
		if a := s.pdf(paid.ID); a.problem(503, "unavailable").Status != 503 || a.Header.Get("Retry-After") == "" {
			t.Errorf("503 without Retry-After: %v", a.Header)
		}
		if n := s.mails(paid.ID); n != 0 {
			t.Errorf("%d mails before the tickets were kept", n)
		}
	}, func(*testing.T) { s.served(paid.ID) })
	s.wantNoRefusals(t)
}

func TestMailServerAway(t *testing.T) {
	t.Parallel()
	var line *servers.Line
	s := besiege(t, func(o *others) {
		line = servers.Proxy(t, o.mailbox.URL)
		o.mailURL = line.URL
	})
	var paid client.Booking

	s.through(t, waysOf(line), func(t *testing.T, way string) {
		paid = s.book()
		if way == "slow" {
			s.served(paid.ID)
			return
		}
		s.ann.becomes(paid.ID, client.BookingStatusConfirmed)
		eventually(t, 20*time.Second, "the PDF", func() bool { return s.pdf(paid.ID).Status == http.StatusOK })
		if n := s.mails(paid.ID); n != 0 {
			t.Errorf("%d mails arrived", n)
		}
	}, func(*testing.T) { s.served(paid.ID) })
	s.wantNoRefusals(t)
}

func TestPaymentsAway(t *testing.T) {
	t.Parallel()
	var line *servers.Line
	var ways []way
	s := besiege(t, func(o *others) {
		gateway := startGateway(t, o)
		line = servers.Proxy(t, gateway.url)
		o.payments = line.URL
		ways = append(waysOf(line), way{"stopped", gateway.kill, gateway.start})
	})
	var asked client.Booking

	s.through(t, ways, func(t *testing.T, way string) {
		asked = s.book()
		if way == "slow" {
			s.served(asked.ID)
			return
		}
		eventually(t, time.Minute, "the breaker opens", func() bool { return s.metric("portico_payments_breaker_open") == 1 })
		// Now charges fail without the gateway being asked: fast.
		failed := func() (count, seconds float64) {
			labels := []string{`use_case="ChargePayment"`, `outcome="failed"`}
			return s.metric("portico_use_case_duration_seconds_count", labels...), s.metric("portico_use_case_duration_seconds_sum", labels...)
		}
		eventually(t, time.Minute, "charges fail fast", func() bool {
			count, seconds := failed()
			eventually(t, time.Minute, "more charges fail", func() bool { now, _ := failed(); return now > count })
			countAfter, secondsAfter := failed()
			return (secondsAfter-seconds)/(countAfter-count) < 0.1
		})
		if got := s.ann.booking(asked.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking is %s", got)
		}
	}, func(t *testing.T) {
		s.served(asked.ID)
		eventually(t, time.Minute, "the breaker closes", func() bool { return math.Abs(s.metric("portico_payments_breaker_open")) == 0 })
	})
	s.wantNoRefusals(t)
}

// gateway is portico paysim in a process of its own.
type gateway struct {
	url   string
	start func()
	kill  func()
}

func startGateway(t *testing.T, o *others) *gateway {
	t.Helper()
	address := servers.FreeAddress(t)
	host := prepare(t, o.dir, o)
	g := &gateway{url: "http://" + address}
	var p *process
	g.start = func() {
		p = host.launch([]string{"paysim", "--addr", address, "--ledger", ledger})
		eventually(t, 20*time.Second, "the simulator listens", func() bool {
			response, err := httpClient.Get(g.url + "/charges?reference=x")
			if err != nil {
				return false
			}
			response.Body.Close()
			return true
		})
	}
	g.kill = func() { p.kill() }
	g.start()
	return g
}

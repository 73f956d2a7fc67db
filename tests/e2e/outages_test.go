package e2e

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/integration/servers"
)

// Each of these tests runs a box office under load, makes one server slow or unavailable
// in several ways, and checks what customers notice. At the end, every promise must hold.

// loadedBoxOffice is a box office with a crowd that books seats.
type loadedBoxOffice struct {
	*boxOffice
	show  client.Show
	crowd *crowd
	ann   *bookingLog // makes the requests that the tests check
	seat  int
}

// openUnderLoad opens a box office with a crowd. The function change may replace servers,
// and returns the URL of the payment gateway. If the URL is empty, the gateway is always
// available.
func openUnderLoad(t *testing.T, change func(dir string, s *harness.Servers) (paymentsURL string), settings ...string) *loadedBoxOffice {
	t.Helper()
	dir := t.TempDir()
	s := program.StartServers(t)
	paymentsURL := change(dir, s)
	if paymentsURL == "" {
		paymentsURL = simulatePayments(t, dir)
	}
	all := append(append(s.Settings(), noLimits...), paymentsAt(paymentsURL), "PORTICO_HOLD_FOR=20s", "PORTICO_RATE_PER_ACTOR=500/s")
	box := &boxOffice{program.Prepare(t, dir, s, append(all, settings...)...)}
	box.UseReleaseBuild()
	box.Start()
	b := &loadedBoxOffice{boxOffice: box, show: box.organiser().openedShow(house())}
	b.crowd = box.startCrowd(b.show.ID, 3, uint64(time.Now().UnixNano()))
	b.ann = b.crowd.join(box, b.show.ID, "ann@example.com", nil)
	return b
}

// runOutages calls the function during in each outage and the function after once the
// outage has ended. Finally, it stops the crowd and checks the promises.
func (b *loadedBoxOffice) runOutages(t *testing.T, outages []harness.Outage, during func(t *testing.T, outage string), after func(t *testing.T)) {
	t.Helper()
	harness.OutageTest{
		Before: func(t *testing.T) {
			before := b.crowd.held.Load()
			harness.Eventually(t, time.Minute, "the crowd books", func() bool { return b.crowd.held.Load() > before+5 })
		},
		During: during,
		After:  after,
	}.Run(t, outages)
	made, paid, _ := b.crowd.stop()
	t.Logf("%d bookings made, %d payments requested, %d answers of 503", made, paid, b.crowd.unavailable.Load())
	b.organiser().settles(b.show.ID)
	b.keepsItsPromises(b.show.ID, b.crowd.logs)
}

// book holds a seat in the last row, which the crowd does not use, and requests the
// payment.
func (b *loadedBoxOffice) book() client.Booking {
	b.T.Helper()
	b.seat++
	booking, e := b.ann.book(fmt.Sprintf("%c-%d", 'A'+crowdedRows, b.seat))
	a := b.ann.retryUntilAvailable("POST", "/api/v1/bookings/"+booking.ID+"/payment", map[string]any{"paymentToken": "tok_ok"})
	if a.Status != http.StatusConflict { // a conflict means that an earlier try succeeded
		a.Want(http.StatusAccepted)
		e.payments++
	}
	return booking
}

// completes waits for the confirmation, PDF and mail of a booking, and checks its charge.
func (b *loadedBoxOffice) completes(bookingID string) {
	b.T.Helper()
	harness.Eventually(b.T, time.Minute, "booking "+bookingID+" is confirmed", func() bool {
		return b.ann.booking(bookingID).Status == client.BookingStatusConfirmed
	})
	harness.Eventually(b.T, time.Minute, "the PDF of booking "+bookingID, func() bool { return b.pdf(bookingID).Status == http.StatusOK })
	harness.Eventually(b.T, time.Minute, "the mail for booking "+bookingID, func() bool { return b.Mails(bookingID) > 0 })
	if n, _ := b.charges(bookingID); n != 1 {
		b.T.Errorf("booking %s has %d charges that were not refunded, want 1", bookingID, n)
	}
}

func (b *loadedBoxOffice) pdf(bookingID string) *harness.Answer {
	b.T.Helper()
	return b.ann.Call("GET", "/api/v1/bookings/"+bookingID+"/tickets.pdf", nil)
}

// wantNoRefusals fails the test if a customer in the crowd got a 503 answer.
func (b *loadedBoxOffice) wantNoRefusals(t *testing.T) {
	t.Helper()
	if n := b.crowd.unavailable.Load(); n != 0 {
		t.Errorf("%d answers were 503, want none; the last was to %v", n, b.crowd.last503.Load())
	}
}

func TestRedisOutages(t *testing.T) {
	t.Parallel()
	own := servers.OwnRedis(t)
	proxy := servers.Proxy(t, own.URL)
	b := openUnderLoad(t, func(_ string, s *harness.Servers) string { s.Redis = proxy.URL; return "" })
	limited := func() bool {
		return b.ann.Call("GET", "/api/v1/bookings?limit=1", nil).Want(200).Header.Get("RateLimit") != ""
	}

	b.runOutages(t, harness.ServerOutages(proxy, own), func(t *testing.T, _ string) {
		counted := b.Metric("portico_degraded_total")
		booking := b.book()
		b.completes(booking.ID)
		b.ann.seatsBecome(b.show.ID, client.SeatStatusSold, booking.Seats...)
		harness.Eventually(t, 20*time.Second, "requests are not limited", func() bool { return !limited() })
		if b.Metric("portico_degraded_total") <= counted {
			t.Errorf("portico_degraded_total stays at %v while Redis is unavailable, want more", counted)
		}
	}, func(t *testing.T) {
		harness.Eventually(t, 20*time.Second, "requests are limited again", limited)
	})
	b.wantNoRefusals(t)
}

func TestRabbitMQOutages(t *testing.T) {
	t.Parallel()
	own := servers.OwnRabbitMQ(t)
	proxy := servers.Proxy(t, own.URL)
	b := openUnderLoad(t, func(_ string, s *harness.Servers) string { s.Broker = proxy.URL; return "" })
	var accepted client.Booking

	b.runOutages(t, harness.ServerOutages(proxy, own), func(t *testing.T, outage string) {
		if outage == harness.Slow {
			accepted = b.book()
			b.completes(accepted.ID)
			return
		}
		harness.Eventually(t, 30*time.Second, "events wait in the outbox", func() bool { return b.Metric("portico_outbox_pending") > 0 })
		accepted = b.book()
		harness.Eventually(t, 30*time.Second, "an event waits for more than a second", func() bool { return b.Metric("portico_outbox_oldest_seconds") > 1 })
		if got := b.ann.booking(accepted.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking is %s, want %s", got, client.BookingStatusPaying)
		}
	}, func(t *testing.T) {
		b.completes(accepted.ID)
		harness.Eventually(t, time.Minute, "no event waits for more than a second", func() bool { return b.Metric("portico_outbox_oldest_seconds") < 1 })
	})
	b.wantNoRefusals(t)
}

func TestPostgresOutages(t *testing.T) {
	t.Parallel()
	own := servers.OwnPostgres(t)
	if err := migrate(t.Context(), own.URL); err != nil {
		t.Fatal(err)
	}
	proxy := servers.Proxy(t, own.URL)
	b := openUnderLoad(t, func(_ string, s *harness.Servers) string { s.Database = proxy.URL; return "" }, "PORTICO_REQUEST_TIMEOUT=6s")

	b.runOutages(t, harness.ServerOutages(proxy, own), func(t *testing.T, outage string) {
		if outage == harness.Slow {
			b.completes(b.book().ID)
			return
		}
		const concurrent = 100
		refuseConcurrently := func() (longest time.Duration) {
			var requests sync.WaitGroup
			var mu sync.Mutex
			for range concurrent {
				requests.Go(func() {
					begun := time.Now()
					a := b.ann.Call("GET", "/api/v1/bookings?limit=1", nil)
					took := time.Since(begun)
					mu.Lock()
					defer mu.Unlock()
					longest = max(longest, took)
					if p := a.Problem(503, "unavailable"); p.Status != 503 || a.Header.Get("Retry-After") == "" {
						t.Errorf("503 without Retry-After: %v", a.Header)
					}
				})
			}
			requests.Wait()
			return longest
		}
		harness.Eventually(t, 20*time.Second, "a request is refused", func() bool {
			return b.ann.Call("GET", "/api/v1/bookings?limit=1", nil).Status == http.StatusServiceUnavailable
		})
		// The limit of 15 s allows for the request timeout of 6 s, but not for a
		// connection that is stuck for half a minute.
		if longest := refuseConcurrently(); longest > 15*time.Second {
			t.Errorf("a refusal took %s, want at most 15s", longest)
		}
		running := b.Metric("go_goroutines")
		for range 2 {
			refuseConcurrently()
		}
		harness.Eventually(t, 20*time.Second, "the number of goroutines does not grow", func() bool { return b.Metric("go_goroutines") < running+concurrent })
	}, func(t *testing.T) {
		b.completes(b.book().ID)
	})
}

func TestS3Outages(t *testing.T) {
	t.Parallel()
	own, bucket := servers.OwnS3(t)
	proxy := servers.Proxy(t, own.URL)
	b := openUnderLoad(t, func(_ string, s *harness.Servers) string { s.Bucket = bucket.Through(proxy.URL); return "" })
	var paid client.Booking

	b.runOutages(t, harness.ServerOutages(proxy, own), func(t *testing.T, outage string) {
		paid = b.book()
		b.ann.becomes(paid.ID, client.BookingStatusConfirmed)
		if outage == harness.Slow {
			b.completes(paid.ID)
			return
		}
		if a := b.pdf(paid.ID); a.Problem(503, "unavailable").Status != 503 || a.Header.Get("Retry-After") == "" {
			t.Errorf("503 without Retry-After: %v", a.Header)
		}
		if n := b.Mails(paid.ID); n != 0 {
			t.Errorf("%d mails before the tickets were stored, want none", n)
		}
	}, func(*testing.T) { b.completes(paid.ID) })
	b.wantNoRefusals(t)
}

func TestMailServerOutages(t *testing.T) {
	t.Parallel()
	var proxy *servers.Line
	b := openUnderLoad(t, func(_ string, s *harness.Servers) string {
		proxy = servers.Proxy(t, s.Mailbox.URL)
		s.MailURL = proxy.URL
		return ""
	})
	var paid client.Booking

	b.runOutages(t, harness.ProxyOutages(proxy), func(t *testing.T, outage string) {
		paid = b.book()
		if outage == harness.Slow {
			b.completes(paid.ID)
			return
		}
		b.ann.becomes(paid.ID, client.BookingStatusConfirmed)
		harness.Eventually(t, 20*time.Second, "the PDF", func() bool { return b.pdf(paid.ID).Status == http.StatusOK })
		if n := b.Mails(paid.ID); n != 0 {
			t.Errorf("%d mails arrived, want none", n)
		}
	}, func(*testing.T) { b.completes(paid.ID) })
	b.wantNoRefusals(t)
}

func TestPaymentGatewayOutages(t *testing.T) {
	t.Parallel()
	var outages []harness.Outage
	b := openUnderLoad(t, func(dir string, s *harness.Servers) string {
		gateway := startGateway(t, dir, s)
		proxy := servers.Proxy(t, gateway.url)
		outages = append(harness.ProxyOutages(proxy), harness.Outage{Name: "stopped", Begin: gateway.kill, End: gateway.start})
		return proxy.URL
	})
	var asked client.Booking

	b.runOutages(t, outages, func(t *testing.T, outage string) {
		asked = b.book()
		if outage == harness.Slow {
			b.completes(asked.ID)
			return
		}
		harness.Eventually(t, time.Minute, "the breaker opens", func() bool { return b.Metric("portico_payments_breaker_open") == 1 })
		// Now charges fail fast, because the open breaker blocks requests.
		failed := func() (count, seconds float64) {
			labels := []string{`use_case="ChargePayment"`, `outcome="failed"`}
			return b.Metric("portico_use_case_duration_seconds_count", labels...), b.Metric("portico_use_case_duration_seconds_sum", labels...)
		}
		harness.Eventually(t, time.Minute, "charges fail fast", func() bool {
			count, seconds := failed()
			harness.Eventually(t, time.Minute, "more charges fail", func() bool { now, _ := failed(); return now > count })
			countAfter, secondsAfter := failed()
			return (secondsAfter-seconds)/(countAfter-count) < 0.1
		})
		if got := b.ann.booking(asked.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking is %s, want %s", got, client.BookingStatusPaying)
		}
	}, func(t *testing.T) {
		b.completes(asked.ID)
		harness.Eventually(t, time.Minute, "the breaker closes", func() bool { return math.Abs(b.Metric("portico_payments_breaker_open")) == 0 })
	})
	b.wantNoRefusals(t)
}

// gateway is a separate process that runs portico paysim.
type gateway struct {
	url   string
	start func()
	kill  func()
}

func startGateway(t *testing.T, dir string, s *harness.Servers) *gateway {
	t.Helper()
	address := servers.FreeAddress(t)
	host := program.Prepare(t, dir, s)
	g := &gateway{url: "http://portico:key@" + address}
	var p *harness.Process
	g.start = func() {
		p = host.Launch([]string{"paysim", "--addr", address, "--ledger", ledgerFile, "--key", "key"})
		harness.Eventually(t, 20*time.Second, "the simulator listens", func() bool { return harness.Probe(g.url+"/charges?key=x") != 0 })
	}
	g.kill = func() { p.Kill() }
	g.start()
	return g
}

package payments_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/payments"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// patient tries often and never opens its breaker by chance.
var patient = payments.Config{
	TryTimeout:  5 * time.Second,
	CallTimeout: 20 * time.Second,
	FirstPause:  time.Millisecond,
	OpenAfter:   1000,
}

func TestClientRepeats(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]http.HandlerFunc{
		"after a 500":                                   say(http.StatusInternalServerError, ""),
		"after a 502 with a page":                       say(http.StatusBadGateway, "<html>Bad Gateway</html>"),
		"after a 429":                                   say(http.StatusTooManyRequests, ""),
		"after a connection that was closed":            hangUp,
		"after an answer that was cut short":            cutShort,
		"after a page in place of an answer":            say(http.StatusOK, "<html>Welcome to the hotel</html>"),
		"after an empty answer":                         say(http.StatusOK, ""),
		"after an object that is no charge":             say(http.StatusOK, "{}"),
		"after a status that it does not know":          say(http.StatusOK, strings.Replace(charged, "charged", "pondering", 1)),
		"after a currency that it does not know":        say(http.StatusOK, strings.Replace(charged, "EUR", "XXX", 1)),
		"after an amount that is no amount":             say(http.StatusOK, strings.Replace(charged, "4500", "-1", 1)),
		"after an answer without an end in sight":       say(http.StatusOK, charged+strings.Repeat(" ", 2<<20)),
		"after Retry-After that it cannot make out":     waitFor("a while"),
		"after Retry-After with a date that is past":    waitFor("Mon, 02 Jan 2006 15:04:05 GMT"),
		"after Retry-After with a date that is at hand": waitFor(time.Now().UTC().Format(http.TimeFormat)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, trouble, trouble, say(http.StatusCreated, charged))
			outcome, err := newClient(t, g.url, patient).Charge(t.Context(), payment(t))
			if err != nil || outcome.Status != outbound.Charged {
				t.Errorf("Charge = %v, %v; want it charged", outcome, err)
			}
			g.wantTries(t, 3)
		})
	}

	t.Run("after a try without an answer", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.TryTimeout = time.Second
		g := newGateway(t, hang, say(http.StatusCreated, charged))
		outcome, err := newClient(t, g.url, config).Charge(t.Context(), payment(t))
		if err != nil || outcome.Status != outbound.Charged {
			t.Errorf("Charge = %v, %v; want it charged", outcome, err)
		}
		if g.tries.Load() < 2 {
			t.Error("the first try hung, and was answered all the same")
		}
	})

	t.Run("a refund and a look-up as well", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, hangUp, say(http.StatusOK, charged), say(http.StatusOK, strings.Replace(charged, "charged", "refunded", 1)))
		if err := newClient(t, g.url, patient).Refund(t.Context(), "k-1"); err != nil {
			t.Errorf("Refund: %v", err)
		}
		g.wantTries(t, 3)
		g = newGateway(t, hangUp, say(http.StatusOK, "{}"), say(http.StatusOK, `{"items": [`+charged+`]}`))
		if outcomes, err := newClient(t, g.url, patient).Lookup(t.Context(), "b-1"); err != nil || len(outcomes) != 1 {
			t.Errorf("Lookup = %v, %v; want one charge", outcomes, err)
		}
		g.wantTries(t, 3)
	})

	t.Run("no sooner than it is asked to", func(t *testing.T) {
		t.Parallel()
		var first atomic.Pointer[time.Time]
		g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now()
			if first.CompareAndSwap(nil, &now); now.Sub(*first.Load()) < time.Second {
				waitFor("1")(w, r)
				return
			}
			say(http.StatusCreated, charged)(w, r)
		})
		if _, err := newClient(t, g.url, patient).Charge(t.Context(), payment(t)); err != nil {
			t.Errorf("Charge: %v", err)
		}
		g.wantTries(t, 2)
	})
}

func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	t.Run("on a gateway that stays out of order", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.CallTimeout = config.TryTimeout + 5*time.Second
		g := newGateway(t, say(http.StatusServiceUnavailable, ""))
		_, err := newClient(t, g.url, config).Charge(t.Context(), payment(t))
		wantUnavailable(t, err)
		if g.tries.Load() < 2 {
			t.Errorf("it tried %d times", g.tries.Load())
		}
	})

	t.Run("on a gateway that is not there", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		config := patient
		config.CallTimeout = config.TryTimeout
		_, err := newClient(t, server.URL, config).Lookup(t.Context(), "b-1")
		wantUnavailable(t, err)
	})

	t.Run("and hangs up on a gateway that does not finish its handshake", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.Copy(io.Discard, conn) // until the client hangs up
		}()
		config := payments.Config{TryTimeout: 500 * time.Millisecond, CallTimeout: 990 * time.Millisecond}
		_, err = newClient(t, "https://"+l.Addr().String(), config).Charge(t.Context(), payment(t))
		wantUnavailable(t, err)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Error("it stays connected")
		}
	})

	t.Run("when another try could not take its full time", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, hang)
		_, err := newClient(t, g.url, payments.Config{
			TryTimeout: 500 * time.Millisecond, CallTimeout: 990 * time.Millisecond, FirstPause: time.Millisecond,
		}).Charge(t.Context(), payment(t))
		wantUnavailable(t, err)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Charge: %v, which reads as if its caller's context was done", err)
		}
		g.wantTries(t, 1)
	})

	for name, header := range map[string]string{
		"when it is asked to wait for longer than it can":      "3600",
		"when it is asked to wait until long after":            time.Now().Add(time.Hour).UTC().Format(http.TimeFormat),
		"when it is asked to wait for longer than can be told": "9000000000000000000",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, waitFor(header))
			_, err := newClient(t, g.url, patient).Charge(t.Context(), payment(t))
			wantUnavailable(t, err)
			g.wantTries(t, 1)
		})
	}

	t.Run("when its caller does, in a pause", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.CallTimeout = 2 * time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
			waitFor("3600")(w, r)
			time.AfterFunc(20*time.Millisecond, cancel)
		})
		_, err := newClient(t, g.url, config).Charge(ctx, payment(t))
		wantUnavailable(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Charge: %v; want the context's error in it", err)
		}
		g.wantTries(t, 1)
	})
}

func TestClientDoesNotRepeatWhatIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{
		http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusConflict, http.StatusUnprocessableEntity,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			elsewhere := newGateway(t, say(http.StatusCreated, charged))
			g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", elsewhere.url)
				say(status, `{"error": "no"}`)(w, r)
			})
			client := newClient(t, g.url, patient)
			_, chargeErr := client.Charge(t.Context(), payment(t))
			refundErr := client.Refund(t.Context(), "k-1")
			_, lookupErr := client.Lookup(t.Context(), "b-1")
			for _, err := range []error{chargeErr, refundErr, lookupErr} {
				if err == nil || errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrNotFound) {
					t.Errorf("it fails with %v; want an error of no kind that the port names", err)
				}
			}
			g.wantTries(t, 3)
			elsewhere.wantTries(t, 0)
		})
	}

	t.Run("another request under the same key", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		client := newClient(t, serve(t, simulator), patient)
		r := payment(t)
		if _, err := client.Charge(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		r.Booking = "b-2"
		if outcome, err := client.Charge(t.Context(), r); err == nil {
			t.Errorf("Charge = %v; want an error", outcome)
		}
		wantEntries(t, ledger, string(r.Key), "charged")
	})
}

func TestClientBreaker(t *testing.T) {
	t.Parallel()
	// One try a call, and an open breaker stays open.
	config := payments.Config{TryTimeout: 5 * time.Second, CallTimeout: 5 * time.Second, OpenAfter: 3, OpenFor: time.Hour}

	for name, trouble := range map[string]http.HandlerFunc{
		"opens after failures in a row":           say(http.StatusInternalServerError, ""),
		"opens after connections that are closed": hangUp,
		"opens after answers that it cannot read": say(http.StatusOK, "<html>Welcome to the hotel</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, trouble)
			client := newClient(t, g.url, config)
			for range 10 {
				_, err := client.Charge(t.Context(), payment(t))
				wantUnavailable(t, err)
			}
			g.wantTries(t, 3)
			wantState(t, client, "open")
			wantUnavailable(t, client.Refund(t.Context(), "k-1"))
			_, err := client.Lookup(t.Context(), "b-1")
			wantUnavailable(t, err)
			g.wantTries(t, 3)
		})
	}

	t.Run("opens after tries without an answer", func(t *testing.T) {
		t.Parallel()
		config := config
		config.TryTimeout, config.CallTimeout = 20*time.Millisecond, 20*time.Millisecond
		g := newGateway(t, hang)
		client := newClient(t, g.url, config)
		for range 3 {
			_, err := client.Charge(t.Context(), payment(t))
			wantUnavailable(t, err)
		}
		wantState(t, client, "open")
	})

	t.Run("ends the call in the middle of which it opens", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.OpenAfter, config.OpenFor = 3, 10*time.Second // so that going on would be seen
		g := newGateway(t, say(http.StatusInternalServerError, ""))
		_, err := newClient(t, g.url, config).Charge(t.Context(), payment(t))
		wantUnavailable(t, err)
		g.wantTries(t, 3)
	})

	for name, answer := range map[string]http.HandlerFunc{
		"stays closed through declines":       say(http.StatusOK, `{"key": "k-1", "amount": 1, "currency": "EUR", "status": "declined", "reason": "no"}`),
		"stays closed through refusals":       say(http.StatusBadRequest, ""),
		"stays closed through keys not found": say(http.StatusNotFound, ""),
		"stays closed through 429":            say(http.StatusTooManyRequests, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, answer)
			client := newClient(t, g.url, config)
			for range 10 {
				_, _ = client.Charge(t.Context(), payment(t))
			}
			wantState(t, client, "closed")
			g.wantTries(t, 10)
		})
	}

	t.Run("stays closed when failures are not in a row", func(t *testing.T) {
		t.Parallel()
		bad, good := say(http.StatusInternalServerError, ""), say(http.StatusOK, charged)
		g := newGateway(t, bad, bad, good, bad, bad, good)
		client := newClient(t, g.url, config)
		for range 6 {
			_, _ = client.Charge(t.Context(), payment(t))
		}
		wantState(t, client, "closed")
		g.wantTries(t, 6)
	})

	t.Run("stays closed when callers give up", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, hang)
		client := newClient(t, g.url, config)
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			_, err := client.Charge(ctx, payment(t))
			wantUnavailable(t, err)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Charge: %v; want the context's error in it", err)
			}
			cancel()
		}
		wantState(t, client, "closed")
	})

	t.Run("closes again once the gateway is back", func(t *testing.T) {
		t.Parallel()
		config := config
		config.OpenFor = 10 * time.Millisecond
		bad := say(http.StatusInternalServerError, "")
		g := newGateway(t, bad, bad, bad, bad, say(http.StatusOK, charged)) // the fourth opens it again
		client := newClient(t, g.url, config)
		for {
			_, err := client.Charge(t.Context(), payment(t))
			if err == nil {
				break
			}
			wantUnavailable(t, err)
			time.Sleep(time.Millisecond)
		}
		g.wantTries(t, 5)
		wantState(t, client, "closed")
	})
}

func TestClientSends(t *testing.T) {
	t.Parallel()
	var got []string
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		got = append(got, fmt.Sprint(r.Method, " ", r.RequestURI, " ", string(body)), user+":"+password)
		for _, header := range []string{"Idempotency-Key", "X-Request-Id", "Content-Type"} {
			got = append(got, r.Header.Get(header))
		}
		say(http.StatusNotFound, "")(w, r)
	})
	client := newClient(t, strings.Replace(g.url, "://", "://shop:secret@", 1)+"/v2/", patient)
	ctx := ports.WithCorrelationID(t.Context(), "request-7")
	_, _ = client.Charge(ctx, payment(t))
	_ = client.Refund(ctx, "k/1")
	_, _ = client.Lookup(t.Context(), "b&1")
	want := []string{
		`POST /v2/charges {"reference":"b-1","amount":4500,"currency":"EUR","token":"tok_ok"}`, "shop:secret", "k-1", "request-7", "application/json",
		`POST /v2/charges/k%2F1/refund `, "shop:secret", "", "request-7", "",
		`GET /v2/charges?reference=b%261 `, "shop:secret", "", "", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestClientKeepsSecrets(t *testing.T) {
	t.Parallel()
	const token, password = "4111111111111111", "hunter2"
	for name, answer := range map[string]http.HandlerFunc{
		"from a refusal that repeats the request": echo(http.StatusBadRequest),
		"from a failure that repeats the request": echo(http.StatusInternalServerError),
		"from an answer that repeats the request": echo(http.StatusOK),
		"from a status that repeats the token":    say(http.StatusOK, strings.Replace(charged, "charged", token, 1)),
		"from a currency that repeats the token":  say(http.StatusOK, strings.Replace(charged, "EUR", token, 1)),
		"from a closed connection":                hangUp,
		"from a try without an answer":            hang,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, answer)
			client := newClient(t, strings.Replace(g.url, "://", "://shop:"+password+"@", 1),
				payments.Config{TryTimeout: time.Second, CallTimeout: time.Second})
			r := payment(t)
			r.Token = token
			_, err := client.Charge(t.Context(), r)
			if err == nil {
				t.Fatal("Charge worked")
			}
			for _, secret := range []string{token, password, "shop"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error has %q in it: %v", secret, err)
				}
			}
		})
	}
}

func TestNewClientRefuses(t *testing.T) {
	for name, address := range map[string]string{
		"no address":            "",
		"a path":                "/charges",
		"another scheme":        "ftp://user:hunter2@gateway",
		"what cannot be parsed": "http://user:hunter2@gate way",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := payments.NewClient(address, payments.Config{}); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("NewClient: %v; want an error without the password", err)
			}
		})
	}
	t.Run("tries that take longer than their call", func(t *testing.T) {
		if _, err := payments.NewClient("http://gateway", payments.Config{TryTimeout: time.Minute}); err == nil {
			t.Error("NewClient took it")
		}
	})
}

// charged is the gateway's answer to payment.
const charged = `{"key": "k-1", "reference": "b-1", "amount": 4500, "currency": "EUR", "status": "charged"}`

func payment(t *testing.T) outbound.ChargeRequest {
	t.Helper()
	eur, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	amount, err := money.New(4500, eur)
	if err != nil {
		t.Fatal(err)
	}
	return outbound.ChargeRequest{Key: booking.ChargeKey("k-1"), Booking: "b-1", Amount: amount, Token: "tok_ok"}
}

func newClient(t *testing.T, url string, config payments.Config) *payments.Client {
	t.Helper()
	client, err := payments.NewClient(url, config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// gateway answers each request with the next of its answers, and goes on with
// the last.
type gateway struct {
	url   string
	tries atomic.Int32
}

func newGateway(t *testing.T, answers ...http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{}
	g.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		try := int(g.tries.Add(1))
		answers[min(try, len(answers))-1](w, r)
	}))
	return g
}

func (g *gateway) wantTries(t *testing.T, want int32) {
	t.Helper()
	if got := g.tries.Load(); got != want {
		t.Errorf("the gateway was asked %d times; want %d", got, want)
	}
}

func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func waitFor(retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		say(http.StatusTooManyRequests, "")(w, r)
	}
}

func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.Copy(w, r.Body)
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func cutShort(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	say(http.StatusOK, charged)(w, r)
}

// hang answers when nobody waits any more.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("it ended with %v; want ErrUnavailable", err)
	}
}

func wantState(t *testing.T, client *payments.Client, want string) {
	t.Helper()
	if got := client.State(); got != want {
		t.Errorf("the breaker is %s; want %s", got, want)
	}
}

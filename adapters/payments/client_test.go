package payments_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
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

// patient makes a client retry often without opening its breaker.
var patient = payments.Config{
	AttemptTimeout: 5 * time.Second,
	CallTimeout:    20 * time.Second,
	FirstBackOff:   time.Millisecond,
	OpenAfter:      1000,
}

func TestClientRetries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		trouble http.HandlerFunc
	}{
		{"after a 500", say(http.StatusInternalServerError, "")},
		{"after a closed connection", hangUp},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, test.trouble, test.trouble, say(http.StatusCreated, charged))
			outcome, err := newClient(t, g.url, patient).Charge(t.Context(), payment(t))
			if err != nil || outcome.Status != outbound.Charged {
				t.Errorf("Charge = %v, %v, want it charged", outcome, err)
			}
			g.wantAttempts(t, 3)
		})
	}

	t.Run("after a failed refund or lookup", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, hangUp, hangUp, say(http.StatusOK, strings.Replace(charged, "charged", "refunded", 1)))
		if err := newClient(t, g.url, patient).Refund(t.Context(), "k-1"); err != nil {
			t.Errorf("Refund: %v", err)
		}
		g.wantAttempts(t, 3)
		g = newGateway(t, hangUp, hangUp, say(http.StatusOK, `{"items": [`+charged+`]}`))
		if outcome, err := newClient(t, g.url, patient).Lookup(t.Context(), "k-1"); err != nil || outcome.Status != outbound.Charged {
			t.Errorf("Lookup = %v, %v, want it charged", outcome, err)
		}
		g.wantAttempts(t, 3)
	})
}

func TestClientDoesNotRetry(t *testing.T) {
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
			_, lookupErr := client.Lookup(t.Context(), "k-1")
			for _, err := range []error{chargeErr, refundErr, lookupErr} {
				if err == nil || errors.Is(err, ports.ErrUnavailable) || errors.Is(err, ports.ErrNotFound) {
					t.Errorf("error %v, want one that is neither ErrUnavailable nor ErrNotFound", err)
				}
			}
			g.wantAttempts(t, 3)
			elsewhere.wantAttempts(t, 0)
		})
	}

	for _, test := range []struct{ name, response string }{
		{"an object that is not a charge", "{}"},
		{"an unknown status", strings.Replace(charged, "charged", "pondering", 1)},
		{"an unknown currency", strings.Replace(charged, "EUR", "XXX", 1)},
		{"an invalid amount", strings.Replace(charged, "4500", "-1", 1)},
	} {
		t.Run("after "+test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, say(http.StatusOK, test.response))
			_, err := newClient(t, g.url, patient).Charge(t.Context(), payment(t))
			wantUnavailable(t, err)
			g.wantAttempts(t, 1)
		})
	}

	for _, test := range []struct{ name, response string }{
		{"an object that is not a list", "{}"},
		{"a charge with another key", `{"items": [` + strings.Replace(charged, "k-1", "k-2", 1) + `]}`},
		{"several charges", `{"items": [` + charged + `,` + charged + `]}`},
	} {
		t.Run("after a lookup that returns "+test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, say(http.StatusOK, test.response))
			_, err := newClient(t, g.url, patient).Lookup(t.Context(), "k-1")
			wantUnavailable(t, err)
			g.wantAttempts(t, 1)
		})
	}

	t.Run("a request with a reused key", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		client := newClient(t, serve(t, simulator), patient)
		r := payment(t)
		if _, err := client.Charge(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		r.Booking = "b-2"
		if outcome, err := client.Charge(t.Context(), r); err == nil {
			t.Errorf("Charge = %v, want an error", outcome)
		}
		wantEntries(t, ledger, string(r.Key), "charged")
	})
}

func TestClientBreaker(t *testing.T) {
	t.Parallel()
	// The equal timeouts leave time for only one attempt per call. An open breaker stays
	// open during the test.
	config := payments.Config{AttemptTimeout: 5 * time.Second, CallTimeout: 5 * time.Second, OpenAfter: 3, OpenFor: time.Hour}

	t.Run("opens for charges and refunds, but not for lookups, after failed charges", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, say(http.StatusInternalServerError, ""))
		client := newClient(t, g.url, config)
		for range 10 {
			_, err := client.Charge(t.Context(), payment(t))
			wantUnavailable(t, err)
		}
		g.wantAttempts(t, 3)
		wantBreaker(t, client.ChargesBreaker, "open")
		wantUnavailable(t, client.Refund(t.Context(), "k-1"))
		g.wantAttempts(t, 3)
		wantBreaker(t, client.LookupsBreaker, "closed")
		_, err := client.Lookup(t.Context(), "k-1")
		wantUnavailable(t, err)
		g.wantAttempts(t, 4)
	})

	t.Run("stays closed for charges after failed lookups", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, hangUp)
		client := newClient(t, g.url, config)
		for range 10 {
			_, err := client.Lookup(t.Context(), "k-1")
			wantUnavailable(t, err)
		}
		wantBreaker(t, client.LookupsBreaker, "open")
		wantBreaker(t, client.ChargesBreaker, "closed")
	})

	t.Run("stays closed after declines", func(t *testing.T) {
		t.Parallel()
		g := newGateway(t, say(http.StatusOK, `{"key": "k-1", "amount": 1, "currency": "EUR", "status": "declined", "reason": "no"}`))
		client := newClient(t, g.url, config)
		for range 10 {
			_, _ = client.Charge(t.Context(), payment(t))
		}
		wantBreaker(t, client.ChargesBreaker, "closed")
		g.wantAttempts(t, 10)
	})
}

func TestClientRequests(t *testing.T) {
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
	client := newClient(t, g.url+"/v2/", patient)
	ctx := ports.WithCorrelationID(t.Context(), "request-7")
	_, _ = client.Charge(ctx, payment(t))
	_ = client.Refund(ctx, "k/1")
	_, _ = client.Lookup(t.Context(), "k&1")
	want := []string{
		`POST /v2/charges {"reference":"b-1","amount":4500,"currency":"EUR","token":"tok_ok"}`, "portico:" + simulatorKey, "k-1", "request-7", "application/json",
		`POST /v2/charges/k%2F1/refund `, "portico:" + simulatorKey, "", "request-7", "",
		`GET /v2/charges?key=k%261 `, "portico:" + simulatorKey, "", "", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestClientErrorsOmitSecrets(t *testing.T) {
	t.Parallel()
	const token, password = "4111111111111111", "hunter2"
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"after a refusal that repeats the request", echo(http.StatusBadRequest)},
		{"after a failure that repeats the request", echo(http.StatusInternalServerError)},
		{"after a response that repeats the request", echo(http.StatusOK)},
		{"after a status that repeats the token", say(http.StatusOK, strings.Replace(charged, "charged", token, 1))},
		{"after a currency that repeats the token", say(http.StatusOK, strings.Replace(charged, "EUR", token, 1))},
		{"after a closed connection", hangUp},
		{"after an attempt without a response", hang},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, test.answer)
			client := newClient(t, strings.Replace(g.url, "://", "://shop:"+password+"@", 1),
				payments.Config{AttemptTimeout: time.Second, CallTimeout: time.Second})
			r := payment(t)
			r.Token = token
			_, err := client.Charge(t.Context(), r)
			if err == nil {
				t.Fatal("Charge succeeded, want an error")
			}
			for _, secret := range []string{token, password, "shop"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %v, want it without %q", err, secret)
				}
			}
		})
	}
}

func TestNewClientRefuses(t *testing.T) {
	for _, test := range []struct {
		name    string
		address string
	}{
		{"an empty address", ""},
		{"a path", "/charges"},
		{"an unknown scheme", "ftp://user:hunter2@gateway"},
		{"an invalid URL", "http://user:hunter2@gate way"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := payments.NewClient(test.address, payments.Config{}); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("NewClient: %v, want an error without the password", err)
			}
		})
	}
	t.Run("an attempt timeout longer than the call timeout", func(t *testing.T) {
		if _, err := payments.NewClient("http://gateway", payments.Config{AttemptTimeout: time.Minute}); err == nil {
			t.Error("no error")
		}
	})
}

// charged is the gateway's response to the request returned by the function payment.
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

// gateway gives its responses in order, and then repeats the last one.
type gateway struct {
	url      string
	attempts atomic.Int32
}

func newGateway(t *testing.T, responses ...http.HandlerFunc) *gateway {
	t.Helper()
	g := &gateway{}
	g.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		attempt := int(g.attempts.Add(1))
		responses[min(attempt, len(responses))-1](w, r)
	}))
	return g
}

func (g *gateway) wantAttempts(t *testing.T, want int32) {
	t.Helper()
	if got := g.attempts.Load(); got != want {
		t.Errorf("%d attempts, want %d", got, want)
	}
}

func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.Copy(w, r.Body)
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// hang waits until the client disconnects.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

func wantBreaker(t *testing.T, state func() string, want string) {
	t.Helper()
	if got := state(); got != want {
		t.Errorf("the breaker is %s, want %s", got, want)
	}
}

package payments_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/portico/adapters/payments"
)

const simulatorKey = "a/key"

const order = `{"reference": "b-1", "amount": 4500, "currency": "EUR", "token": "tok_ok"}`

var orderCharged = payments.Charge{Key: "k-1", Reference: "b-1", Amount: 4500, Currency: "EUR", Status: "charged"}

func TestSimulator(t *testing.T) {
	t.Parallel()
	t.Run("answers 201 to a charge, 200 to a retry and 422 to a different charge with the same key", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		wantAnswer(t, post(t, url+"/charges", "k-1", order), http.StatusCreated, orderCharged)
		wantAnswer(t, post(t, url+"/charges", "k-1", order), http.StatusOK, orderCharged)
		for _, other := range []string{
			strings.Replace(order, "b-1", "b-2", 1),
			strings.Replace(order, "4500", "4501", 1),
			strings.Replace(order, "EUR", "USD", 1),
			strings.Replace(order, "tok_ok", "tok_declined", 1),
		} {
			wantStatus(t, post(t, url+"/charges", "k-1", other), http.StatusUnprocessableEntity)
		}
		wantCharges(t, url, "k-1", orderCharged)
	})

	t.Run("refuses requests without its key", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		withKey := serve(t, simulator)
		wantStatus(t, post(t, withKey+"/charges", "k-1", order), http.StatusCreated)
		for _, user := range []*url.Userinfo{nil, url.User("portico"), url.UserPassword("portico", ""), url.UserPassword("portico", "wrong"), url.UserPassword(simulatorKey, "")} {
			u, err := url.Parse(withKey)
			if err != nil {
				t.Fatal(err)
			}
			u.User = user
			wantStatus(t, post(t, u.String()+"/charges", "k-2", order), http.StatusUnauthorized)
			wantStatus(t, post(t, u.String()+"/charges/k-1/refund", "", ""), http.StatusUnauthorized)
			wantStatus(t, do(t, newGet(t, u.String()+"/charges?key=k-1")), http.StatusUnauthorized)
		}
		wantEntries(t, ledger, "k-1", "charged")
		wantEntries(t, ledger, "k-2")
	})

	t.Run("needs a key", func(t *testing.T) {
		t.Parallel()
		if _, err := payments.OpenSimulator(filepath.Join(t.TempDir(), "ledger"), ""); err == nil {
			t.Error("OpenSimulator with an empty key: no error")
		}
	})

	t.Run("has a URL that contains its key", func(t *testing.T) {
		t.Parallel()
		simulator, _ := openSimulator(t)
		if got, want := simulator.URL("localhost:1"), "http://portico:a%2Fkey@localhost:1"; got != want {
			t.Errorf("the URL is %s, want %s", got, want)
		}
	})

	t.Run("gives the reason for a decline", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		for _, decline := range []struct{ token, reason string }{{"tok_declined", "card declined"}, {"4111111111111111", "unknown token"}} {
			want := payments.Charge{Key: "k-" + decline.token, Reference: "b-1", Amount: 4500, Currency: "EUR", Status: "declined", Reason: decline.reason}
			wantAnswer(t, post(t, url+"/charges", want.Key, strings.Replace(order, "tok_ok", decline.token, 1)), http.StatusCreated, want)
		}
	})

	t.Run("fails twice per key for tok_flaky", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		flaky := strings.Replace(order, "tok_ok", "tok_flaky", 1)
		for _, key := range []string{"k-1", "k-2"} {
			wantStatus(t, post(t, url+"/charges", key, flaky), http.StatusServiceUnavailable)
			wantStatus(t, post(t, url+"/charges", key, flaky), http.StatusServiceUnavailable)
			wantCharges(t, url, key)
			wantStatus(t, post(t, url+"/charges", key, flaky), http.StatusCreated)
			wantStatus(t, post(t, url+"/charges", key, flaky), http.StatusOK)
		}
	})

	t.Run("answers 200 to a refund and its retry, and 404 to a refund of a declined or unknown charge", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		wantStatus(t, post(t, url+"/charges", "k-1", order), http.StatusCreated)
		wantStatus(t, post(t, url+"/charges", "k-2", strings.Replace(order, "tok_ok", "tok_declined", 1)), http.StatusCreated)
		refunded := orderCharged
		refunded.Status = "refunded"
		wantAnswer(t, post(t, url+"/charges/k-1/refund", "", ""), http.StatusOK, refunded)
		wantAnswer(t, post(t, url+"/charges/k-1/refund", "", ""), http.StatusOK, refunded)
		wantStatus(t, post(t, url+"/charges/k-2/refund", "", ""), http.StatusNotFound)
		wantStatus(t, post(t, url+"/charges/k-3/refund", "", ""), http.StatusNotFound)
	})

	t.Run("looks up a charge by its key", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		first, second := orderCharged, orderCharged
		second.Key = "k-1&k-2"
		for _, c := range []payments.Charge{first, second} {
			wantStatus(t, post(t, url+"/charges", c.Key, order), http.StatusCreated)
		}
		wantCharges(t, url, "k-1", first)
		wantCharges(t, url, "k-1&k-2", second)
		wantCharges(t, url, "k-3")
		wantStatus(t, do(t, newGet(t, url+"/charges")), http.StatusBadRequest)
	})

	t.Run("answers 400 to an invalid charge request", func(t *testing.T) {
		t.Parallel()
		url := newSimulator(t)
		for key, body := range map[string]string{
			"":                       order,
			strings.Repeat("k", 256): order,
			"with space":             order,
			"k-1":                    "not JSON",
			"k-2":                    strings.Replace(order, "b-1", "", 1),
			"k-3":                    strings.Replace(order, "4500", "-1", 1),
			"k-4":                    strings.Replace(order, "EUR", "eur", 1),
			"k-5":                    strings.Replace(order, "tok_ok", "", 1),
			"k-6":                    strings.Replace(order, "b-1", strings.Repeat("b", 70_000), 1),
		} {
			wantStatus(t, post(t, url+"/charges", key, body), http.StatusBadRequest)
			wantCharges(t, url, key)
		}
	})

	t.Run("never answers tok_timeout requests, but ends them when it is closed", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		url := serve(t, simulator)
		answered := make(chan error)
		for range 2 {
			req := newPost(t, url+"/charges", "k-1", strings.Replace(order, "tok_ok", "tok_timeout", 1))
			go func() {
				resp, err := http.DefaultClient.Do(req)
				if err == nil {
					resp.Body.Close()
				}
				answered <- err
			}()
		}
		for entries(t, ledger) == nil {
			select {
			case err := <-answered:
				t.Fatalf("a request ended with error %v, want no answer", err)
			case <-time.After(time.Millisecond):
			}
		}
		if err := simulator.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-answered; err == nil {
				t.Error("a request was answered, want an error")
			}
		}
	})
}

func TestLedger(t *testing.T) {
	t.Parallel()
	t.Run("contains every charge and refund once, before the answer is sent", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		url := serve(t, simulator)
		var wg sync.WaitGroup
		for i := range 10 {
			key := fmt.Sprintf("k-%d", i)
			for range 3 {
				wg.Go(func() {
					post(t, url+"/charges", key, order)
					wantEntries(t, ledger, key, "charged")
				})
			}
		}
		wg.Wait()
		for range 3 {
			post(t, url+"/charges/k-1/refund", "", "")
			wantEntries(t, ledger, "k-1", "charged", "refunded")
		}
	})

	t.Run("does not contain the payment token", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		post(t, serve(t, simulator)+"/charges", "k-1", strings.Replace(order, "tok_ok", "4111111111111111", 1))
		if content := readFile(t, ledger); !strings.Contains(content, "declined") || strings.Contains(content, "4111") {
			t.Errorf("the ledger is %s, want the charge without the token", content)
		}
	})

	t.Run("can be continued by another simulator", func(t *testing.T) {
		t.Parallel()
		first, ledger := openSimulator(t)
		url := serve(t, first)
		post(t, url+"/charges", "k-1", order)
		post(t, url+"/charges", "k-2", order)
		post(t, url+"/charges/k-2/refund", "", "")
		before := entries(t, ledger)
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}

		second, err := payments.OpenSimulator(ledger, simulatorKey)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { second.Close() })
		url = serve(t, second)
		refunded := orderCharged
		refunded.Key, refunded.Status = "k-2", "refunded"
		wantCharges(t, url, "k-1", orderCharged)
		wantCharges(t, url, "k-2", refunded)
		wantAnswer(t, post(t, url+"/charges", "k-1", order), http.StatusOK, orderCharged)
		wantAnswer(t, post(t, url+"/charges", "k-2", order), http.StatusOK, refunded)
		wantStatus(t, post(t, url+"/charges", "k-1", strings.Replace(order, "4500", "1", 1)), http.StatusUnprocessableEntity)
		if diff := cmp.Diff(before, entries(t, ledger)); diff != "" {
			t.Errorf("repeating changed the ledger (-before +after):\n%s", diff)
		}
	})

	t.Run("drops only an incomplete last line, whatever its length", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		url := serve(t, simulator)
		post(t, url+"/charges", "k-1", order)
		whole := readFile(t, ledger)
		post(t, url+"/charges", "k-2", order)
		both := readFile(t, ledger)

		for length := len(whole); length < len(both); length++ {
			torn := filepath.Join(t.TempDir(), "ledger")
			if err := os.WriteFile(torn, []byte(both[:length]), 0o600); err != nil {
				t.Fatal(err)
			}
			wantEntries(t, torn, "k-1", "charged")
			wantEntries(t, torn, "k-2")
			reopened, err := payments.OpenSimulator(torn, simulatorKey)
			if err != nil {
				t.Fatalf("%d bytes of the last line: %v", length-len(whole), err)
			}
			if content := readFile(t, torn); content != whole {
				t.Fatalf("%d bytes of the last line: the ledger is %q, want %q", length-len(whole), content, whole)
			}
			wantStatus(t, post(t, serve(t, reopened)+"/charges", "k-2", order), http.StatusCreated)
			wantEntries(t, torn, "k-1", "charged")
			wantEntries(t, torn, "k-2", "charged")
			reopened.Close()
		}
	})

	t.Run("is not opened if a complete line is invalid", func(t *testing.T) {
		t.Parallel()
		broken := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(broken, []byte("{\n{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := payments.OpenSimulator(broken, simulatorKey)
		if err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("OpenSimulator: %v, want an error that names line 1", err)
		}
		if content := readFile(t, broken); content != "{\n{}\n" {
			t.Errorf("the ledger is %q, want it unchanged", content)
		}
	})

	t.Run("is used by one simulator at a time", func(t *testing.T) {
		t.Parallel()
		first, ledger := openSimulator(t)
		if _, err := payments.OpenSimulator(ledger, simulatorKey); err == nil || !strings.Contains(err.Error(), "another simulator") {
			t.Errorf("OpenSimulator: %v, want it to say that another simulator has it", err)
		}
		first.Close()
		second, err := payments.OpenSimulator(ledger, simulatorKey)
		if err != nil {
			t.Fatalf("after the first was closed: %v", err)
		}
		second.Close()
	})

	t.Run("accepts no charge or refund after a failed write", func(t *testing.T) {
		t.Parallel()
		simulator, ledger := openSimulator(t)
		url := serve(t, simulator)
		post(t, url+"/charges", "k-1", order)
		simulator.Close()
		wantStatus(t, post(t, url+"/charges", "k-2", order), http.StatusInternalServerError)
		wantStatus(t, post(t, url+"/charges/k-1/refund", "", ""), http.StatusInternalServerError)
		wantStatus(t, post(t, url+"/charges", "k-1", order), http.StatusOK)
		wantCharges(t, url, "k-1", orderCharged)
		wantCharges(t, url, "k-2")
		wantEntries(t, ledger, "k-1", "charged")
	})
}

// openSimulator returns a simulator and the path of its ledger.
func openSimulator(t *testing.T) (*payments.Simulator, string) {
	t.Helper()
	ledger := filepath.Join(t.TempDir(), "ledger")
	simulator, err := payments.OpenSimulator(ledger, simulatorKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { simulator.Close() })
	return simulator, ledger
}

// newSimulator starts a simulator and returns its URL.
func newSimulator(t *testing.T) string {
	t.Helper()
	simulator, _ := openSimulator(t)
	return serve(t, simulator)
}

// serve returns a URL that contains the simulator's key.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http://", "http://portico:"+url.QueryEscape(simulatorKey)+"@", 1)
}

func newPost(t *testing.T, url, key, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	return req
}

// answer is a response with its whole body.
type answer struct {
	status int
	body   string
}

func post(t *testing.T, url, key, body string) answer {
	t.Helper()
	return do(t, newPost(t, url, key, body))
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return answer{resp.StatusCode, string(body)}
}

func wantStatus(t *testing.T, got answer, status int) {
	t.Helper()
	if got.status != status {
		t.Errorf("answered %d %s, want %d", got.status, got.body, status)
	}
}

func wantAnswer(t *testing.T, got answer, status int, want payments.Charge) {
	t.Helper()
	wantStatus(t, got, status)
	var charge payments.Charge
	if err := json.Unmarshal([]byte(got.body), &charge); err != nil || charge != want {
		t.Errorf("answered %s, %v, want %+v", got.body, err, want)
	}
}

func newGet(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// wantCharges looks up a key.
func wantCharges(t *testing.T, base, key string, want ...payments.Charge) {
	t.Helper()
	url := base + "/charges?key=" + url.QueryEscape(key)
	var got struct{ Items []payments.Charge }
	if err := json.Unmarshal([]byte(do(t, newGet(t, url)).body), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Items, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("GET %s (-want +got):\n%s", url, diff)
	}
}

func entries(t *testing.T, ledger string) []payments.Entry {
	t.Helper()
	entries, err := payments.ReadLedger(ledger)
	if err != nil {
		t.Error(err)
	}
	return entries
}

// wantEntries checks the statuses of a key's entries, oldest first.
func wantEntries(t *testing.T, ledger, key string, want ...string) {
	t.Helper()
	var got []string
	for _, e := range entries(t, ledger) {
		if e.Key == key {
			got = append(got, e.Status)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries of %s (-want +got):\n%s", key, diff)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

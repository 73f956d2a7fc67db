package httpclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/internal/httpclient"
	"example.com/portico/ports"
)

// patient allows many retries and does not open the breaker.
var patient = httpclient.Config{
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
		{"after a 502 with a page", say(http.StatusBadGateway, "<html>Bad Gateway</html>")},
		{"after a 429", say(http.StatusTooManyRequests, "")},
		{"after a connection that was closed", hangUp},
		{"after a response that was cut short", cutShort},
		{"after an invalid Retry-After", waitFor("a while")},
		{"after a Retry-After in the past", waitFor("Mon, 02 Jan 2006 15:04:05 GMT")},
		{"after a Retry-After with the current time", waitFor(time.Now().UTC().Format(http.TimeFormat))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.trouble, test.trouble, say(http.StatusCreated, done))
			if err := newClient(t, s.url, patient).call(t.Context()); err != nil {
				t.Errorf("Call: %v", err)
			}
			s.wantAttempts(t, 3)
		})
	}

	t.Run("after an attempt without a response", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.AttemptTimeout = time.Second
		s := newServer(t, hang, say(http.StatusCreated, done))
		if err := newClient(t, s.url, config).call(t.Context()); err != nil {
			t.Errorf("Call: %v", err)
		}
		if s.attempts.Load() < 2 {
			t.Error("the first attempt got a response, want it to hang")
		}
	})

	t.Run("only after the delay in Retry-After", func(t *testing.T) {
		t.Parallel()
		var first atomic.Pointer[time.Time]
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now()
			if first.CompareAndSwap(nil, &now); now.Sub(*first.Load()) < time.Second {
				waitFor("1")(w, r)
				return
			}
			say(http.StatusCreated, done)(w, r)
		})
		if err := newClient(t, s.url, patient).call(t.Context()); err != nil {
			t.Errorf("Call: %v", err)
		}
		s.wantAttempts(t, 2)
	})
}

func TestClientGivesUp(t *testing.T) {
	t.Parallel()
	t.Run("when the server keeps failing", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.CallTimeout = config.AttemptTimeout + 5*time.Second
		s := newServer(t, say(http.StatusServiceUnavailable, ""))
		err := newClient(t, s.url, config).call(t.Context())
		wantUnavailable(t, err)
		if s.attempts.Load() < 2 {
			t.Errorf("%d attempts, want at least 2", s.attempts.Load())
		}
	})

	t.Run("when the server does not exist", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		config := patient
		config.CallTimeout = config.AttemptTimeout
		err := newClient(t, server.URL, config).call(t.Context())
		wantUnavailable(t, err)
	})

	t.Run("and closes the connection when the TLS handshake times out", func(t *testing.T) {
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
			_, _ = io.Copy(io.Discard, conn) // until the client closes the connection
		}()
		config := httpclient.Config{AttemptTimeout: 500 * time.Millisecond, CallTimeout: 990 * time.Millisecond}
		err = newClient(t, "https://"+l.Addr().String(), config).call(t.Context())
		wantUnavailable(t, err)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Error("the connection is still open after 30s")
		}
	})

	t.Run("when too little time is left for another attempt", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, hang)
		err := newClient(t, s.url, httpclient.Config{
			AttemptTimeout: 500 * time.Millisecond, CallTimeout: 990 * time.Millisecond, FirstBackOff: time.Millisecond,
		}).call(t.Context())
		wantUnavailable(t, err)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Call: %v, want no DeadlineExceeded: its caller's context has not ended", err)
		}
		s.wantAttempts(t, 1)
	})

	for _, test := range []struct {
		name   string
		header string
	}{
		{"when Retry-After exceeds the time limit", "3600"},
		{"when Retry-After is a date beyond the time limit", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)},
		{"when Retry-After overflows", "9000000000000000000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, waitFor(test.header))
			err := newClient(t, s.url, patient).call(t.Context())
			wantUnavailable(t, err)
			s.wantAttempts(t, 1)
		})
	}

	t.Run("when the caller cancels during the back-off", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.CallTimeout = 2 * time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			waitFor("3600")(w, r)
			time.AfterFunc(20*time.Millisecond, cancel)
		})
		err := newClient(t, s.url, config).call(ctx)
		wantUnavailable(t, err)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Call: %v; want the context's error in it", err)
		}
		s.wantAttempts(t, 1)
	})
}

func TestClientDoesNotRetryARefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{
		http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			elsewhere := newServer(t, say(http.StatusOK, done))
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", elsewhere.url)
				say(status, "")(w, r)
			})
			err := newClient(t, s.url, patient).call(t.Context())
			refusal, ok := errors.AsType[*httpclient.StatusError](err)
			if !ok || refusal.Status != status || errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("Call: %v, want a StatusError with %d and no ErrUnavailable", err, status)
			}
			s.wantAttempts(t, 1)
			elsewhere.wantAttempts(t, 0)
		})
	}
}

func TestClientDoesNotRetryAResponseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		response http.HandlerFunc
	}{
		{"a page instead of JSON", say(http.StatusOK, "<html>Welcome to the hotel</html>")},
		{"an empty response", say(http.StatusOK, "")},
		{"a response that is too long", say(http.StatusOK, done+strings.Repeat(" ", 2<<20))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.response)
			wantUnavailable(t, newClient(t, s.url, patient).call(t.Context()))
			s.wantAttempts(t, 1)
		})
	}
}

func TestClientBreaker(t *testing.T) {
	t.Parallel()
	// Each call makes one attempt, and an open breaker stays open.
	config := httpclient.Config{AttemptTimeout: 5 * time.Second, CallTimeout: 5 * time.Second, OpenAfter: 3, OpenFor: time.Hour}

	for _, test := range []struct {
		name    string
		trouble http.HandlerFunc
	}{
		{"opens after consecutive failures", say(http.StatusInternalServerError, "")},
		{"opens after connections that are closed", hangUp},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.trouble)
			client := newClient(t, s.url, config)
			for range 10 {
				err := client.call(t.Context())
				wantUnavailable(t, err)
			}
			s.wantAttempts(t, 3)
			wantState(t, client, "open")
			wantUnavailable(t, client.call(t.Context()))
			s.wantAttempts(t, 3)
		})
	}

	t.Run("opens after attempts without a response", func(t *testing.T) {
		t.Parallel()
		config := config
		config.AttemptTimeout, config.CallTimeout = 20*time.Millisecond, 20*time.Millisecond
		s := newServer(t, hang)
		client := newClient(t, s.url, config)
		for range 3 {
			err := client.call(t.Context())
			wantUnavailable(t, err)
		}
		wantState(t, client, "open")
	})

	t.Run("ends the call that opens it", func(t *testing.T) {
		t.Parallel()
		config := patient
		config.OpenAfter, config.OpenFor = 3, 10*time.Second // OpenFor ends before CallTimeout: if the call went on, the server would see a fourth attempt
		s := newServer(t, say(http.StatusInternalServerError, ""))
		err := newClient(t, s.url, config).call(t.Context())
		wantUnavailable(t, err)
		s.wantAttempts(t, 3)
	})

	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"stays closed after refusals", say(http.StatusBadRequest, "")},
		{"stays closed after 404 responses", say(http.StatusNotFound, "")},
		{"stays closed after 429 responses", say(http.StatusTooManyRequests, "")},
		{"stays closed after a page instead of JSON", say(http.StatusOK, "<html>Welcome to the hotel</html>")},
		{"stays closed after an empty response", say(http.StatusOK, "")},
		{"stays closed after a response that is too long", say(http.StatusOK, done+strings.Repeat(" ", 2<<20))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.answer)
			client := newClient(t, s.url, config)
			for range 10 {
				_ = client.call(t.Context())
			}
			wantState(t, client, "closed")
			s.wantAttempts(t, 10)
		})
	}

	t.Run("stays closed when failures are not consecutive", func(t *testing.T) {
		t.Parallel()
		bad, good := say(http.StatusInternalServerError, ""), say(http.StatusOK, done)
		s := newServer(t, bad, bad, good, bad, bad, good)
		client := newClient(t, s.url, config)
		for range 6 {
			_ = client.call(t.Context())
		}
		wantState(t, client, "closed")
		s.wantAttempts(t, 6)
	})

	t.Run("stays closed when callers give up", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, hang)
		client := newClient(t, s.url, config)
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			err := client.call(ctx)
			wantUnavailable(t, err)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Call: %v; want the context's error in it", err)
			}
			cancel()
		}
		wantState(t, client, "closed")
	})

	t.Run("closes again when the server has recovered", func(t *testing.T) {
		t.Parallel()
		config := config
		config.OpenFor = 10 * time.Millisecond
		bad := say(http.StatusInternalServerError, "")
		s := newServer(t, bad, bad, bad, bad, say(http.StatusOK, done)) // the fourth response opens the breaker again
		client := newClient(t, s.url, config)
		for {
			err := client.call(t.Context())
			if err == nil {
				break
			}
			wantUnavailable(t, err)
			time.Sleep(time.Millisecond)
		}
		s.wantAttempts(t, 5)
		wantState(t, client, "closed")
	})
}

func TestClientSendsHeadersAndBody(t *testing.T) {
	t.Parallel()
	var got []string
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method, r.RequestURI, string(body))
		for _, header := range []string{"Accept", "Content-Type", "Idempotency-Key", "X-Request-Id"} {
			got = append(got, r.Header.Get(header))
		}
		say(http.StatusOK, done)(w, r)
	})
	client := newClient(t, s.url, patient)
	if err := client.call(ports.WithCorrelationID(t.Context(), "request-7")); err != nil {
		t.Fatal(err)
	}
	err := client.Call(t.Context(), httpclient.Request{Method: http.MethodGet, URL: client.url, Read: func([]byte) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST", "/jobs", `{"name":"clean"}`, "application/json", "application/json", "k-1", "request-7",
		"GET", "/jobs", "", "application/json", "", "", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	if _, err := httpclient.New(httpclient.Config{AttemptTimeout: time.Minute}); err == nil {
		t.Error("no error for an attempt that may take longer than its call")
	}
}

// done is a valid response body.
const done = `{"status": "done"}`

// client makes the same call each time.
type client struct {
	*httpclient.Client
	url *url.URL
}

func newClient(t *testing.T, address string, config httpclient.Config) client {
	t.Helper()
	c, err := httpclient.New(config)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return client{c, u.JoinPath("jobs")}
}

func (c client) call(ctx context.Context) error {
	return c.Call(ctx, httpclient.Request{
		Method: http.MethodPost, URL: c.url, IdempotencyKey: "k-1", Body: map[string]string{"name": "clean"},
		Read: func(body []byte) error {
			var response struct{ Status string }
			if err := json.Unmarshal(body, &response); err != nil {
				return err
			}
			if response.Status != "done" {
				return errors.New("the job is not done")
			}
			return nil
		},
	})
}

// server answers each request with the next response, and repeats the last response.
type server struct {
	url      string
	attempts atomic.Int32
}

func newServer(t *testing.T, responses ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		attempt := int(s.attempts.Add(1))
		responses[min(attempt, len(responses))-1](w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *server) wantAttempts(t *testing.T, want int32) {
	t.Helper()
	if got := s.attempts.Load(); got != want {
		t.Errorf("%d attempts, want %d", got, want)
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

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func cutShort(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	say(http.StatusOK, done)(w, r)
}

// hang responds only after the client has disconnected.
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

func wantState(t *testing.T, c client, want string) {
	t.Helper()
	if got := c.State(); got != want {
		t.Errorf("the breaker is %s, want %s", got, want)
	}
}

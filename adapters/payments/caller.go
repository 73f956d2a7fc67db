package payments

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/sony/gobreaker/v2"

	"example.com/portico/ports"
)

// Config limits what is spent on a gateway that does not answer. A zero field
// stands for its default.
type Config struct {
	// TryTimeout is how long one try may take, from the connection to the end
	// of the answer. Default 5 s.
	TryTimeout time.Duration
	// CallTimeout is how long a call may take with all its tries and pauses: a
	// try is made only when it can take its whole TryTimeout. Default 12 s.
	CallTimeout time.Duration
	// FirstPause is how long to wait before the second try, more or less half
	// of it by chance. Every further pause is 1.5 times as long. Default 200 ms.
	FirstPause time.Duration
	// OpenAfter is how many tries in a row, of any calls, are to fail for the
	// circuit breaker to open. Default 10.
	OpenAfter uint32
	// OpenFor is how long the breaker stays open before it lets one try
	// through, which closes it or opens it again. Default 10 s.
	OpenFor time.Duration
}

func (c Config) withDefaults() Config {
	return Config{
		TryTimeout:  cmp.Or(c.TryTimeout, 5*time.Second),
		CallTimeout: cmp.Or(c.CallTimeout, 12*time.Second),
		FirstPause:  cmp.Or(c.FirstPause, 200*time.Millisecond),
		OpenAfter:   cmp.Or(c.OpenAfter, 10),
		OpenFor:     cmp.Or(c.OpenFor, 10*time.Second),
	}
}

const (
	maxAnswer      = 1 << 20 // bytes
	maxConnections = 64
)

// caller makes HTTP calls that may be repeated without harm, and repeats them.
type caller struct {
	config  Config
	http    *http.Client
	breaker *gobreaker.CircuitBreaker[struct{}]
}

func newCaller(config Config) *caller {
	return &caller{
		config: config,
		http: &http.Client{
			// No HTTP/2: a connection that a try has waited on in vain is left.
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: config.TryTimeout}).DialContext,
				TLSHandshakeTimeout: config.TryTimeout,
				MaxConnsPerHost:     maxConnections,
				MaxIdleConnsPerHost: maxConnections,
				IdleConnTimeout:     time.Minute,
			},
			// A redirect would take the request, secrets included, elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Timeout:      config.OpenFor,
			ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= config.OpenAfter },
			IsSuccessful: reached,
			IsExcluded:   calledOff,
		}),
	}
}

// request is a call to make.
type request struct {
	method string
	url    *url.URL
	// key is sent as Idempotency-Key; empty for none.
	key string
	// body is sent as JSON; nil for none.
	body any
	// read makes sense of the answer. It is run once for each try that is
	// answered with 2xx.
	read func(body []byte) error
}

// call tries until there is an answer that can be read, as often as the limits
// allow. Errors: *badStatus when the request was refused, which trying again
// would not change; else ports.ErrUnavailable, and with it the context's
// error once that is done.
func (c *caller) call(ctx context.Context, r request) error {
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return err
		}
	}
	pauses := newPauses(c.config)
	err := backoff.Retry(func() error {
		_, err := c.breaker.Execute(func() (struct{}, error) { return struct{}{}, c.try(ctx, r, body) })
		pauses.atLeast = askedToWait(err)
		if final(err) {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(pauses, ctx))
	if err == nil || refused(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

func (c *caller) try(ctx context.Context, r request, body []byte) error {
	tryCtx, cancel := context.WithTimeout(ctx, c.config.TryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(tryCtx, r.method, r.url.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if id := ports.CorrelationID(ctx); id != "" {
		req.Header.Set("X-Request-ID", id)
	}

	status, header, answer, err := c.exchange(req)
	if err != nil {
		return c.whyNoAnswer(ctx, err)
	}
	if status < 200 || status > 299 {
		return &badStatus{status: status, retryAfter: retryAfter(header)}
	}
	return r.read(answer)
}

// whyNoAnswer returns the context's error exactly when it was the caller who
// gave up. A try that took too long is an error of its own.
func (c *caller) whyNoAnswer(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("no answer within %s", c.config.TryTimeout)
	}
	return err
}

// exchange sends a request and reads the answer whole, so that the connection
// can be used again.
func (c *caller) exchange(req *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		// The URL may hold credentials: what went wrong is said without it.
		if withURL, ok := errors.AsType[*url.Error](err); ok {
			err = withURL.Err
		}
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxAnswer))
	return resp.StatusCode, resp.Header, body, err
}

// badStatus is an answer other than 2xx. Its body is not told: it may repeat
// what was sent.
type badStatus struct {
	status     int
	retryAfter time.Duration
}

func (e *badStatus) Error() string {
	return fmt.Sprintf("answered %d %s", e.status, http.StatusText(e.status))
}

// reached tells whether the other side is there and in order, whatever it said.
func reached(err error) bool {
	bad, answered := errors.AsType[*badStatus](err)
	return err == nil || answered && bad.status < 500
}

// refused tells whether the request itself was found at fault.
func refused(err error) bool {
	bad, answered := errors.AsType[*badStatus](err)
	return answered && bad.status < 500 && bad.status != http.StatusTooManyRequests
}

// calledOff tells whether it was the caller who gave up.
func calledOff(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// final tells whether another try at once would be in vain.
func final(err error) bool {
	return refused(err) || errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
}

func askedToWait(err error) time.Duration {
	if bad, answered := errors.AsType[*badStatus](err); answered {
		return bad.retryAfter
	}
	return 0
}

// retryAfter reads the header of that name (RFC 9110, section 10.2.3).
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return time.Until(at)
	}
	return 0
}

// pauses are the waits between the tries of one call: exponential with jitter,
// or as long as the other side asks for. They end when the next try could not
// take its full time within the call's.
type pauses struct {
	*backoff.ExponentialBackOff
	within  time.Duration
	atLeast time.Duration
}

func newPauses(c Config) *pauses {
	return &pauses{
		ExponentialBackOff: backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(c.FirstPause),
			backoff.WithMaxElapsedTime(0),
		),
		within: c.CallTimeout - c.TryTimeout,
	}
}

// NextBackOff implements backoff.BackOff.
func (p *pauses) NextBackOff() time.Duration {
	pause := max(p.ExponentialBackOff.NextBackOff(), p.atLeast)
	if p.GetElapsedTime()+pause > p.within {
		return backoff.Stop
	}
	return pause
}

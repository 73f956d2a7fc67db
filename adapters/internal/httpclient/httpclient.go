// Package httpclient makes idempotent HTTP calls with timeouts, retries and a circuit
// breaker.
package httpclient

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

// Config limits the time spent on a server that does not answer. A zero field stands for
// its default.
type Config struct {
	// AttemptTimeout is how long one attempt may take, from the connection to the end of
	// the response. Default 5 s.
	AttemptTimeout time.Duration
	// CallTimeout is how long a call may take, including all attempts and the back-off
	// between them. No attempt starts if less than AttemptTimeout is left. Default 12 s.
	CallTimeout time.Duration
	// FirstBackOff is the wait before the second attempt, randomised by up to half. Each
	// further wait is 1.5 times as long. Default 200 ms.
	FirstBackOff time.Duration
	// OpenAfter is the number of consecutive failed attempts, across all calls, after
	// which the circuit breaker opens. Default 10.
	OpenAfter uint32
	// OpenFor is how long the breaker stays open. The first attempt after OpenFor closes
	// the breaker or opens it again. Default 10 s.
	OpenFor time.Duration
	// Sign adds a signature to the header of each attempt before it is sent. It may be
	// nil.
	Sign func(r *http.Request, body []byte)
}

func (c Config) withDefaults() Config {
	return Config{
		AttemptTimeout: cmp.Or(c.AttemptTimeout, 5*time.Second),
		CallTimeout:    cmp.Or(c.CallTimeout, 12*time.Second),
		FirstBackOff:   cmp.Or(c.FirstBackOff, 200*time.Millisecond),
		OpenAfter:      cmp.Or(c.OpenAfter, 10),
		OpenFor:        cmp.Or(c.OpenFor, 10*time.Second),
		Sign:           c.Sign,
	}
}

const (
	maxResponse    = 1 << 20 // bytes
	maxConnections = 64
)

// Client calls one server.
type Client struct {
	config  Config
	http    *http.Client
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// New fails if AttemptTimeout exceeds CallTimeout.
func New(config Config) (*Client, error) {
	config = config.withDefaults()
	if config.CallTimeout < config.AttemptTimeout {
		return nil, fmt.Errorf("the attempt timeout %s exceeds the call timeout %s", config.AttemptTimeout, config.CallTimeout)
	}
	return &Client{
		config: config,
		http: &http.Client{
			// DialContext also disables HTTP/2, so that an attempt that times out closes
			// its connection.
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: config.AttemptTimeout}).DialContext,
				TLSHandshakeTimeout: config.AttemptTimeout,
				MaxConnsPerHost:     maxConnections,
				MaxIdleConnsPerHost: maxConnections,
				IdleConnTimeout:     time.Minute,
			},
			// Do not follow redirects, which could send secrets to another server.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Timeout:      config.OpenFor,
			ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= config.OpenAfter },
			IsSuccessful: isHealthy,
			IsExcluded: func(err error) bool { // the caller gave up
				return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
			},
		}),
	}, nil
}

// State returns the state of the circuit breaker: "closed" (the normal state), "open" or
// "half-open".
func (c *Client) State() string { return c.breaker.State().String() }

// Request describes a call.
type Request struct {
	Method string
	URL    *url.URL
	// IdempotencyKey is sent in the header Idempotency-Key, unless it is empty.
	IdempotencyKey string
	// Body is sent as JSON, unless it is nil.
	Body any
	// Read decodes the body of a 2xx response. If Read returns an error, the call fails
	// with it and is not retried, because the server would give the same answer again.
	Read func(body []byte) error
}

// Call sends a request, and retries it within the limits of [Config]. It sends the
// correlation id of the context as X-Request-ID. Errors: *StatusError if the server
// permanently refused the request; otherwise ports.ErrUnavailable, together with the
// context's error if the context has ended.
func (c *Client) Call(ctx context.Context, r Request) error {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return err
		}
	}
	waits := &backOff{
		ExponentialBackOff: backoff.NewExponentialBackOff(backoff.WithInitialInterval(c.config.FirstBackOff), backoff.WithMaxElapsedTime(0)),
		within:             c.config.CallTimeout - c.config.AttemptTimeout,
	}
	err := backoff.Retry(func() error {
		_, err := c.breaker.Execute(func() (struct{}, error) { return struct{}{}, c.attempt(ctx, r, body) })
		waits.atLeast = 0
		if status, answered := errors.AsType[*StatusError](err); answered {
			waits.atLeast = status.retryAfter
		}
		if isFinal(err) {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(waits, ctx))
	if err == nil || isRefusal(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

func (c *Client) attempt(ctx context.Context, r Request, body []byte) error {
	attemptCtx, cancel := context.WithTimeout(ctx, c.config.AttemptTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(attemptCtx, r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.IdempotencyKey != "" {
		req.Header.Set("Idempotency-Key", r.IdempotencyKey)
	}
	if id := ports.CorrelationID(ctx); id != "" {
		req.Header.Set("X-Request-ID", id)
	}
	if c.config.Sign != nil {
		c.config.Sign(req, body)
	}

	status, header, response, err := c.exchange(req)
	if err != nil {
		return c.mapError(ctx, err)
	}
	if status < 200 || status > 299 {
		return &StatusError{Status: status, retryAfter: parseRetryAfter(header)}
	}
	if err := r.Read(response); err != nil {
		return &unreadableError{err}
	}
	return nil
}

// mapError returns ctx.Err() only if the caller gave up. An attempt that timed out gets a
// different error.
func (c *Client) mapError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("no response within %s", c.config.AttemptTimeout)
	}
	return err
}

// exchange sends a request and reads the whole response, so that the connection can be
// reused.
func (c *Client) exchange(req *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		// Drop the URL, which may contain credentials.
		if withURL, ok := errors.AsType[*url.Error](err); ok {
			err = withURL.Err
		}
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxResponse))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		err = &unreadableError{err}
	}
	return resp.StatusCode, resp.Header, body, err
}

// unreadableError describes a response that the client cannot use: Read fails, or the
// body is too long. Another attempt would get the same response, so the call is not
// retried. The server answered, so the circuit breaker counts it as healthy.
type unreadableError struct{ cause error }

func (e *unreadableError) Error() string { return e.cause.Error() }
func (e *unreadableError) Unwrap() error { return e.cause }

func isUnreadable(err error) bool {
	_, ok := errors.AsType[*unreadableError](err)
	return ok
}

// StatusError describes a response without a 2xx status. It omits the body, which may
// repeat parts of the request.
type StatusError struct {
	Status     int
	retryAfter time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
}

// isHealthy reports whether the server works. A status below 500 counts as healthy.
func isHealthy(err error) bool {
	status, answered := errors.AsType[*StatusError](err)
	return err == nil || answered && status.Status < 500 || isUnreadable(err)
}

// isRefusal reports whether the server permanently refused the request.
func isRefusal(err error) bool {
	status, answered := errors.AsType[*StatusError](err)
	return answered && status.Status < 500 && status.Status != http.StatusTooManyRequests
}

func isFinal(err error) bool {
	return isRefusal(err) || isUnreadable(err) || errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
}

// parseRetryAfter reads the header Retry-After (RFC 9110, section 10.2.3).
func parseRetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return time.Until(at)
	}
	return 0
}

// backOff computes the waits between the attempts of one call. The waits grow
// exponentially, with jitter, and respect Retry-After. The retries stop when too little
// time is left for another attempt.
type backOff struct {
	*backoff.ExponentialBackOff
	within  time.Duration
	atLeast time.Duration
}

func (b *backOff) NextBackOff() time.Duration {
	wait := max(b.ExponentialBackOff.NextBackOff(), b.atLeast)
	if b.GetElapsedTime()+wait > b.within {
		return backoff.Stop
	}
	return wait
}

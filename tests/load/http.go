package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// connection is one keep-alive connection. It uses only the caller's goroutine. An
// http.Transport would use two more goroutines per connection, and would take processor
// time from the server on the same machine.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
}

func (c *connection) send(request []byte, want int) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != want {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("status %d, want %d: %s", answer.StatusCode, want, body)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// sendRequests sends requests to an address until the duration has passed. Each
// connection sends one request at a time. sendRequests counts the answers, and fails if
// an answer does not have the wanted status.
func sendRequests(ctx context.Context, address string, connections int, duration time.Duration, want int, request func(n int64) []byte) (measurement, error) {
	opened := make([]*connection, connections)
	for i := range opened {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return measurement{}, err
		}
		defer conn.Close()
		opened[i] = &connection{conn, bufio.NewReaderSize(conn, 64<<10)}
	}
	var sent, answered atomic.Int64
	failures := make([]error, connections)
	var sending sync.WaitGroup
	began := time.Now()
	for i, c := range opened {
		sending.Go(func() {
			for time.Since(began) < duration && ctx.Err() == nil {
				if failures[i] = c.send(request(sent.Add(1)-1), want); failures[i] != nil {
					return
				}
				answered.Add(1)
			}
		})
	}
	sending.Wait()
	return measurement{int(answered.Load()), time.Since(began)}, errors.Join(errors.Join(failures...), ctx.Err())
}

// serveBare answers every request with the content of stdin, with as little overhead as
// net/http allows. It prints its address. Like Portico, it runs in a separate process.
func serveBare(ctx context.Context, in io.Reader, out io.Writer) error {
	body, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body) // fails if the client has disconnected
		}),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintln(out, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

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

// line is one keep-alive connection. It sends requests as they are and reads the
// answers where it is called: http.Transport, with two goroutines of its own for
// each connection, would take a good part of the time that both sides share.
type line struct {
	conn net.Conn
	in   *bufio.Reader
}

func (l *line) ask(request []byte, want int) error {
	if _, err := l.conn.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != want {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("status %d, want %d: %s", answer.StatusCode, want, said)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// ask sends requests to an address on so many lines, one after another on each,
// until the time is up, and counts the answers, all of which must have the
// status that is wanted.
func ask(ctx context.Context, address string, lines int, duration time.Duration, want int, request func(n int64) []byte) (turn, error) {
	connected := make([]*line, lines)
	for i := range connected {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return turn{}, err
		}
		defer conn.Close()
		connected[i] = &line{conn, bufio.NewReaderSize(conn, 64<<10)}
	}
	var asked, answered atomic.Int64
	failures := make([]error, lines)
	var asking sync.WaitGroup
	began := time.Now()
	for i, l := range connected {
		asking.Go(func() {
			for time.Since(began) < duration && ctx.Err() == nil {
				if failures[i] = l.ask(request(asked.Add(1)-1), want); failures[i] != nil {
					return
				}
				answered.Add(1)
			}
		})
	}
	asking.Wait()
	return turn{int(answered.Load()), time.Since(began)}, errors.Join(errors.Join(failures...), ctx.Err())
}

// serveBare answers every request with what it reads from in, with as little
// around it as net/http allows, and tells out its address. It runs in a process
// of its own, as Portico does.
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
			_, _ = w.Write(body) // whoever asked is gone
		}),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintln(out, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

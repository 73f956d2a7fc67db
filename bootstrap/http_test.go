package bootstrap_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/portico/bootstrap"
	"example.com/portico/tests/testkit"
)

// serve starts a server that allows three connections, and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := bootstrap.HTTPServer{
		Handler: h, WriteTimeout: time.Minute, Grace: 100 * time.Millisecond, MaxConnections: 3,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	t.Cleanup(bootstrap.Background(func(ctx context.Context) error { return server.Serve(ctx, l) }))
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	testkit.Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	testkit.Must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// get requests a path over an open connection, and reads the status and headers of the
// response.
func get(conn net.Conn, path string) (status int, err error) {
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // Close would read a body that never ends
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}

func wantServed(t *testing.T, conn net.Conn) {
	t.Helper()
	if status, err := get(conn, "/"); err != nil || status != http.StatusOK {
		t.Fatalf("got status %d, %v, want 200", status, err)
	}
}

func TestConnectionLimit(t *testing.T) {
	t.Run("closes connections that are idle after a response", func(t *testing.T) {
		address := serve(t, func(http.ResponseWriter, *http.Request) {})
		for range 10 {
			wantServed(t, dial(t, address))
		}
	})

	t.Run("closes connections that send no request", func(t *testing.T) {
		address := serve(t, func(http.ResponseWriter, *http.Request) {})
		for range 10 {
			conn := dial(t, address)
			_, err := io.WriteString(conn, "GET / HT")
			testkit.Must(t, err)
		}
		wantServed(t, dial(t, address))
	})

	t.Run("makes clients wait while all connections are busy", func(t *testing.T) {
		busy, release := make(chan struct{}), make(chan struct{})
		address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				busy <- struct{}{}
				<-release
			}
		})
		slow := make(chan error, 3)
		for range 3 {
			conn := dial(t, address)
			go func() {
				_, err := get(conn, "/slow")
				slow <- err
			}()
			<-busy
		}
		served := make(chan error, 1)
		waiting := dial(t, address)
		go func() {
			_, err := get(waiting, "/")
			served <- err
		}()
		select {
		case err := <-served:
			t.Errorf("a fourth request was served (%v) while three were in flight", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(release)
		testkit.Must(t, <-served)
		for range 3 {
			testkit.Must(t, <-slow)
		}
	})
}

// TestResponsesThatAreNotRead checks that the response fails before the WriteTimeout of a
// minute.
func TestResponsesThatAreNotRead(t *testing.T) {
	t.Parallel()
	failed := make(chan time.Duration, 1)
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		began := time.Now()
		for {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); err != nil {
				failed <- time.Since(began)
				return
			}
		}
	})
	_, err := get(dial(t, address), "/")
	testkit.Must(t, err)
	select {
	case <-failed:
	case <-time.After(40 * time.Second):
		t.Error("the response is still being written after 40 s, want it aborted")
	}
}

package bootstrap_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/portico/bootstrap"
	"example.com/portico/tests/testkit"
)

// serve starts a server that allows three connections, and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	return serveWith(t, bootstrap.HTTPServer{Handler: h, MaxConnections: 3})
}

func serveWith(t *testing.T, server bootstrap.HTTPServer) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	server.WriteTimeout, server.Grace, server.ErrorLog = time.Minute, 100*time.Millisecond, log.New(io.Discard, "", 0)
	t.Cleanup(bootstrap.Background(func(ctx context.Context) error { return server.Serve(ctx, l) }))
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	return dialFrom(t, "127.0.0.1", address)
}

func dialFrom(t *testing.T, client, address string) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
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
	t.Run("closes the connection that has been idle the longest", func(t *testing.T) {
		address := serve(t, func(http.ResponseWriter, *http.Request) {})
		var conns []net.Conn
		for range 3 {
			conn := dial(t, address)
			wantServed(t, conn)
			conns = append(conns, conn)
		}
		wantServed(t, conns[0]) // now the second has been idle the longest
		wantServed(t, dial(t, address))
		if n, err := conns[1].Read(make([]byte, 1)); err == nil {
			t.Errorf("read %d bytes from the connection that was idle the longest, want it closed", n)
		}
		wantServed(t, conns[0])
		wantServed(t, conns[2])
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

func TestConnectionLimitOfAnAddress(t *testing.T) {
	const mallory, other, bob = "127.0.0.1", "127.0.0.2", "127.0.0.3"
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	wantClosed := func(t *testing.T, conn net.Conn) {
		t.Helper()
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("read %d bytes, want the connection closed", n)
		}
	}

	t.Run("closes the address's own connection that has been idle the longest", func(t *testing.T) {
		address := serveWith(t, bootstrap.HTTPServer{Handler: nothing, MaxConnections: 100, MaxPerAddress: 2})
		bobs := dialFrom(t, bob, address)
		wantServed(t, bobs)
		var conns []net.Conn
		for range 10 {
			conn := dialFrom(t, mallory, address)
			wantServed(t, conn)
			conns = append(conns, conn)
		}
		for _, conn := range conns[:8] {
			wantClosed(t, conn)
		}
		wantServed(t, conns[8])
		wantServed(t, bobs)
	})

	t.Run("refuses more while all of the address are busy", func(t *testing.T) {
		busy, release := make(chan struct{}), make(chan struct{})
		address := serveWith(t, bootstrap.HTTPServer{MaxConnections: 100, MaxPerAddress: 2, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				busy <- struct{}{}
				<-release
			}
		})})
		defer close(release)
		for range 2 {
			conn := dialFrom(t, mallory, address)
			go func() { _, _ = get(conn, "/slow") }()
			<-busy
		}
		wantClosed(t, dialFrom(t, mallory, address))
		wantServed(t, dialFrom(t, bob, address))
	})

	t.Run("does not limit a trusted proxy", func(t *testing.T) {
		address := serveWith(t, bootstrap.HTTPServer{
			Handler: nothing, MaxConnections: 100, MaxPerAddress: 2,
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/31")},
		})
		first := dialFrom(t, mallory, address)
		wantServed(t, first)
		for range 10 {
			wantServed(t, dialFrom(t, mallory, address))
		}
		wantServed(t, first)
	})

	t.Run("at the limit of all, the address with the most connections loses one", func(t *testing.T) {
		address := serveWith(t, bootstrap.HTTPServer{Handler: nothing, MaxConnections: 4, MaxPerAddress: 3})
		bobs := dialFrom(t, bob, address) // idle for the longest
		wantServed(t, bobs)
		var conns []net.Conn
		for range 3 {
			conn := dialFrom(t, mallory, address)
			wantServed(t, conn)
			conns = append(conns, conn)
		}
		wantServed(t, dialFrom(t, other, address))
		wantClosed(t, conns[0])
		wantServed(t, bobs)
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

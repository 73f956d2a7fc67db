package servers_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	t.Run("forwards data in both directions", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		dial(t, line).wantEcho("hello")
	})
	t.Run("closes connections on Cut and refuses new ones until Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.wantEcho("before")
		line.Cut()
		c.wantClosed()
		if c, err := net.Dial("tcp", host(t, line.URL)); err == nil {
			c.Close()
			t.Error("a new connection was accepted, want it refused")
		}
		line.Restore()
		dial(t, line).wantEcho("after")
	})
	t.Run("closes connections on Drop and accepts new ones", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.wantEcho("before")
		line.Drop()
		c.wantClosed()
		dial(t, line).wantEcho("after")
	})
	t.Run("delays data from HalfOpen to Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.wantEcho("before")
		line.HalfOpen()
		c.write("held")
		c.wantSilence(100 * time.Millisecond)
		line.Restore()
		c.wantRead("held")
	})
	t.Run("closes half-open connections on Cut", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.wantEcho("before")
		line.HalfOpen()
		c.write("lost")
		c.wantSilence(100 * time.Millisecond)
		line.Cut()
		c.wantClosed()
	})
	t.Run("does not wait for a disconnected client or a server that does not read", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newFlood(t))
		for _, do := range []func(){line.Drop, line.HalfOpen, line.Cut} {
			disconnected := dial(t, line)
			disconnected.write("hello")
			disconnected.wantRead("hello")
			testkit.Must(t, disconnected.conn.Close())
			dial(t, line).writesUntilBlocked()
			do()
			line.Drop()
			line.Restore()
		}
		line.Cut()
		for began := time.Now(); line.Connections() > 0; time.Sleep(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%d connections are open, want none", line.Connections())
			}
		}
	})
	t.Run("delays data in each direction after Latency, until Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		line.Latency(50 * time.Millisecond)
		began := time.Now()
		c.wantEcho("slow")
		if took := time.Since(began); took < 100*time.Millisecond {
			t.Errorf("round trip in %s, want at least 100ms", took)
		}
		line.Restore()
		c.wantEcho("fast")
	})
	t.Run("closes the client's connection when the server disconnects", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.wantEcho("last words")
		c.write("bye")
		c.wantRead("bye")
		c.wantClosed()
	})
}

// newEcho starts a server that echoes lines and disconnects after "bye". It returns the
// server's URL.
func newEcho(t *testing.T) string {
	t.Helper()
	return "echo://" + listen(t, func(c net.Conn) {
		for heard := bufio.NewScanner(c); heard.Scan(); {
			_, _ = io.WriteString(c, heard.Text()+"\n")
			if heard.Text() == "bye" {
				return
			}
		}
	}) + "/path"
}

// newFlood starts a server that reads one line and repeats it until the connection ends.
// It returns the server's URL.
func newFlood(t *testing.T) string {
	t.Helper()
	return "flood://" + listen(t, func(c net.Conn) {
		heard := bufio.NewScanner(c)
		heard.Scan()
		for err := error(nil); err == nil; {
			_, err = io.WriteString(c, heard.Text()+"\n")
		}
	})
}

// listen starts a server that calls the function talk for each connection, and returns
// the server's address.
func listen(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	testkit.Must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				talk(c)
			}()
		}
	}()
	return l.Addr().String()
}

// caller is a client of a proxy.
type caller struct {
	t     *testing.T
	conn  net.Conn
	heard *bufio.Reader
}

func dial(t *testing.T, line *servers.Line) *caller {
	t.Helper()
	c, err := net.Dial("tcp", host(t, line.URL))
	testkit.Must(t, err)
	t.Cleanup(func() { c.Close() })
	testkit.Must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return &caller{t, c, bufio.NewReader(c)}
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	testkit.Must(t, err)
	return u.Host
}

func (c *caller) wantEcho(what string) {
	c.t.Helper()
	c.write(what)
	c.wantRead(what)
}

func (c *caller) write(what string) {
	c.t.Helper()
	_, err := io.WriteString(c.conn, what+"\n")
	testkit.Must(c.t, err)
}

func (c *caller) writesUntilBlocked() {
	c.t.Helper()
	testkit.Must(c.t, c.conn.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
	for err := error(nil); !errors.Is(err, os.ErrDeadlineExceeded); _, err = c.conn.Write(make([]byte, 64<<10)) {
		testkit.Must(c.t, err)
	}
}

func (c *caller) wantRead(what string) {
	c.t.Helper()
	if got, err := c.heard.ReadString('\n'); got != what+"\n" {
		c.t.Fatalf("read %q, %v; want %q", got, err, what)
	}
}

func (c *caller) wantSilence(d time.Duration) {
	c.t.Helper()
	testkit.Must(c.t, c.conn.SetReadDeadline(time.Now().Add(d)))
	if got, err := c.heard.ReadString('\n'); err == nil {
		c.t.Fatalf("read %q, want nothing", got)
	}
	testkit.Must(c.t, c.conn.SetReadDeadline(time.Now().Add(10*time.Second)))
}

func (c *caller) wantClosed() {
	c.t.Helper()
	switch got, err := c.heard.ReadString('\n'); {
	case err == nil:
		c.t.Fatalf("read %q, want that the connection is closed", got)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.t.Fatal("the connection is open, want it closed")
	}
}

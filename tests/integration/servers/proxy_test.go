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
)

func TestProxy(t *testing.T) {
	t.Parallel()
	t.Run("lets through what is said", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		dial(t, line).echoes("hello")
	})
	t.Run("Cut ends connections and refuses new ones, until Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.echoes("before")
		line.Cut()
		c.hasEnded()
		if c, err := net.Dial("tcp", host(t, line.URL)); err == nil {
			c.Close()
			t.Error("a new connection is let through")
		}
		line.Restore()
		dial(t, line).echoes("after")
	})
	t.Run("Drop ends connections and lets new ones through", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.echoes("before")
		line.Drop()
		c.hasEnded()
		dial(t, line).echoes("after")
	})
	t.Run("HalfOpen holds back what is said, until Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.echoes("before")
		line.HalfOpen()
		c.say("held")
		c.hearsNothingFor(100 * time.Millisecond)
		line.Restore()
		c.hears("held")
	})
	t.Run("Cut ends a connection that is half open", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.echoes("before")
		line.HalfOpen()
		c.say("lost")
		c.hearsNothingFor(100 * time.Millisecond)
		line.Cut()
		c.hasEnded()
	})
	t.Run("waits for no client that hung up, and no server that does not read", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newFlood(t))
		for _, do := range []func(){line.Drop, line.HalfOpen, line.Cut} {
			hungUp := dial(t, line)
			hungUp.say("hello")
			hungUp.hears("hello")
			must(t, hungUp.conn.Close())
			dial(t, line).talksUntilNobodyReads()
			do()
			line.Drop()
			line.Restore()
		}
		line.Cut()
		for began := time.Now(); line.Connections() > 0; time.Sleep(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%d connections are left", line.Connections())
			}
		}
	})
	t.Run("Latency delays each direction, until Restore", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		line.Latency(50 * time.Millisecond)
		began := time.Now()
		c.echoes("slow")
		if took := time.Since(began); took < 100*time.Millisecond {
			t.Errorf("there and back in %s", took)
		}
		line.Restore()
		c.echoes("fast")
	})
	t.Run("closes what its server closed", func(t *testing.T) {
		t.Parallel()
		line := servers.Proxy(t, newEcho(t))
		c := dial(t, line)
		c.echoes("last words")
		c.say("bye")
		c.hears("bye")
		c.hasEnded()
	})
}

// newEcho is the URL of a server that says what it hears, and ends after "bye".
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

// newFlood is the URL of a server that says the first thing that it hears again
// and again, and listens no more.
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

// listen is the address of a server that talks as it is told.
func listen(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
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

// caller is at the other end of a line.
type caller struct {
	t     *testing.T
	conn  net.Conn
	heard *bufio.Reader
}

func dial(t *testing.T, line *servers.Line) *caller {
	t.Helper()
	c, err := net.Dial("tcp", host(t, line.URL))
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return &caller{t, c, bufio.NewReader(c)}
}

func host(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	return u.Host
}

func (c *caller) echoes(what string) {
	c.t.Helper()
	c.say(what)
	c.hears(what)
}

func (c *caller) say(what string) {
	c.t.Helper()
	_, err := io.WriteString(c.conn, what+"\n")
	must(c.t, err)
}

func (c *caller) talksUntilNobodyReads() {
	c.t.Helper()
	must(c.t, c.conn.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
	for err := error(nil); !errors.Is(err, os.ErrDeadlineExceeded); _, err = c.conn.Write(make([]byte, 64<<10)) {
		must(c.t, err)
	}
}

func (c *caller) hears(what string) {
	c.t.Helper()
	if got, err := c.heard.ReadString('\n'); got != what+"\n" {
		c.t.Fatalf("heard %q, %v; want %q", got, err, what)
	}
}

func (c *caller) hearsNothingFor(d time.Duration) {
	c.t.Helper()
	must(c.t, c.conn.SetReadDeadline(time.Now().Add(d)))
	if got, err := c.heard.ReadString('\n'); err == nil {
		c.t.Fatalf("heard %q", got)
	}
	must(c.t, c.conn.SetReadDeadline(time.Now().Add(10*time.Second)))
}

func (c *caller) hasEnded() {
	c.t.Helper()
	switch got, err := c.heard.ReadString('\n'); {
	case err == nil:
		c.t.Fatalf("heard %q on a connection that should have ended", got)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.t.Fatal("the connection is still open")
	}
}

package bootstrap

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// reservedFiles is how many of the files that the process may open are not for clients'
// connections, but for the database, other servers and files.
const reservedFiles = 128

// connectionLimit returns the configured limit, or less if the process may not open
// enough files. It never returns less than 16.
func connectionLimit(configured int) int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return configured
	}
	const least = 16
	return max(least, min(configured, int(min(files.Cur, 1<<30))-reservedFiles))
}

// connections is a listener that limits the number of open connections. A connection is
// busy while a handler runs for it. If a new connection exceeds the limit, Accept closes
// the connection that has waited for a request the longest. If all are busy, Accept
// waits.
type connections struct {
	net.Listener
	limit int

	mu      sync.Mutex
	changed sync.Cond // uses mu
	open    int
	waiting *list.List // of each *connection that is not busy; the first has waited longest
	closed  bool
}

func limitConnections(l net.Listener, limit int) *connections {
	c := &connections{Listener: l, limit: limit, waiting: list.New()}
	c.changed.L = &c.mu
	return c
}

func (c *connections) Accept() (net.Conn, error) {
	raw, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	for c.open > c.limit && !c.closed {
		longest := c.waiting.Front()
		if longest == nil {
			c.changed.Wait()
			continue
		}
		gone := longest.Value.(*connection)
		c.waiting.Remove(longest)
		gone.place = nil
		c.mu.Unlock()
		_ = gone.Close() // it was open
		c.mu.Lock()
	}
	conn := &connection{Conn: raw, all: c}
	conn.place = c.waiting.PushBack(conn)
	return conn, nil
}

func (c *connections) Close() error {
	c.mu.Lock()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.Listener.Close()
}

// busy returns a handler that marks the connection of a request as busy, and calls next.
func (c *connections) busy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := r.Context().Value(connectionKey{}).(*connection)
		c.mu.Lock()
		if conn.place != nil {
			c.waiting.Remove(conn.place)
			conn.place = nil
		}
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// idle marks a connection as waiting after each response. It is an
// [http.Server.ConnState].
func (c *connections) idle(conn net.Conn, state http.ConnState) {
	if state != http.StateIdle {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn := conn.(*connection); conn.place == nil && !conn.closed {
		conn.place = c.waiting.PushBack(conn)
		c.changed.Signal()
	}
}

type connectionKey struct{}

const (
	writeChunk = 64 << 10 // bytes
	// progressTimeout is how long a client may take to read one chunk of a response.
	progressTimeout = 10 * time.Second
)

// connection aborts the response to a client that does not read it.
type connection struct {
	net.Conn
	all *connections

	// The mutex of all protects these fields.
	place    *list.Element // nil while the connection is busy or closed
	closed   bool
	deadline time.Time // for the whole response; zero means none
}

func (c *connection) Close() error {
	c.all.mu.Lock()
	if !c.closed {
		c.closed = true
		c.all.open--
		if c.place != nil {
			c.all.waiting.Remove(c.place)
			c.place = nil
		}
		c.all.changed.Signal()
	}
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets net/http close only the sending side first, so that the client receives
// the end of the response.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func (c *connection) SetDeadline(t time.Time) error {
	c.setDeadline(t)
	return c.Conn.SetDeadline(t)
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.setDeadline(t)
	return c.Conn.SetWriteDeadline(t)
}

func (c *connection) setDeadline(t time.Time) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.deadline = t
}

// Write fails if the client takes longer than progressTimeout to read a chunk.
func (c *connection) Write(p []byte) (written int, err error) {
	c.all.mu.Lock()
	whole := c.deadline
	c.all.mu.Unlock()
	for written < len(p) {
		deadline := time.Now().Add(progressTimeout)
		if !whole.IsZero() && whole.Before(deadline) {
			deadline = whole
		}
		if err := c.Conn.SetWriteDeadline(deadline); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:min(written+writeChunk, len(p))])
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

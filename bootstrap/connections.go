package bootstrap

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"example.com/portico/bootstrap/settings"
)

// reservedFiles is how many of the files that the process may open are not for clients'
// connections, but for the database, other servers and files.
const reservedFiles = 128

// connectionLimit returns the configured limit, or less if the process may not open
// enough files. It returns at least [settings.MinConnections].
func connectionLimit(configured int) int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return configured
	}
	return max(settings.MinConnections, min(configured, int(min(files.Cur, 1<<30))-reservedFiles))
}

// connections is a listener that limits the number of open connections, of each address
// and of all together. A connection is busy while a handler runs for it. If a new
// connection exceeds a limit, Accept closes another one that waits for a request: of the
// same address, or of the address that has the most. If all of the same address are busy,
// Accept closes the new one. If those of all addresses are busy, Accept waits.
type connections struct {
	net.Listener
	limit, perAddress int
	unlimited         func(netip.Addr) bool // whether an address has no limit of its own

	mu        sync.Mutex
	changed   sync.Cond // uses mu
	open      int
	addresses map[netip.Addr]*address
	closed    bool
}

// address has the connections of one IPv4 address or one IPv6 network of 64 bits.
type address struct {
	open    int
	waiting *list.List // of each *connection that is not busy; the first has waited longest
}

func limitConnections(l net.Listener, s HTTPServer) *connections {
	c := &connections{
		Listener: l, limit: s.MaxConnections, perAddress: s.MaxPerAddress,
		unlimited: func(a netip.Addr) bool {
			return s.MaxPerAddress == 0 || slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
		},
		addresses: map[netip.Addr]*address{},
	}
	c.changed.L = &c.mu
	return c
}

func (c *connections) Accept() (net.Conn, error) {
	for {
		raw, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if conn := c.admit(raw); conn != nil {
			return conn, nil
		}
		_ = raw.Close() // the client has too many connections
	}
}

// admit returns nil if the address of the connection has too many.
func (c *connections) admit(raw net.Conn) net.Conn {
	remote := netip.Addr{} // of a listener that has no addresses
	if tcp, ok := raw.RemoteAddr().(*net.TCPAddr); ok {
		remote = tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	limited := !c.unlimited(remote)
	if remote.Is6() {
		network, _ := remote.Prefix(64) // fails only for an invalid length
		remote = network.Addr()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.addresses[remote]
	if own == nil {
		own = &address{waiting: list.New()}
	}
	if limited && own.open >= c.perAddress && !c.closeLongest(own) {
		return nil
	}
	conn := &connection{Conn: raw, all: c, remote: remote, own: own}
	c.open++
	own.open++
	c.addresses[remote] = own
	for c.open > c.limit && !c.closed {
		if !c.closeLongest(c.largest()) {
			c.changed.Wait()
		}
	}
	conn.place = own.waiting.PushBack(conn)
	return conn
}

// largest returns the address that has the most connections, of those with a connection
// that waits, or nil.
func (c *connections) largest() *address {
	var most *address
	for _, a := range c.addresses {
		if a.waiting.Len() > 0 && (most == nil || a.open > most.open) {
			most = a
		}
	}
	return most
}

// closeLongest closes the connection of the address that has waited the longest, and
// reports whether there was one.
func (c *connections) closeLongest(a *address) bool {
	if a == nil || a.waiting.Len() == 0 {
		return false
	}
	gone := a.waiting.Front().Value.(*connection)
	c.forget(gone)
	_ = gone.Conn.Close() // it was open
	return true
}

// forget removes a connection that is being closed. Calling it again has no effect.
func (c *connections) forget(conn *connection) {
	if conn.closed {
		return
	}
	conn.closed = true
	c.open--
	conn.leavePlace()
	if conn.own.open--; conn.own.open == 0 {
		delete(c.addresses, conn.remote)
	}
	c.changed.Signal()
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
		r.Context().Value(connectionKey{}).(*connection).begin()
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
		conn.place = conn.own.waiting.PushBack(conn)
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
	all    *connections
	remote netip.Addr
	own    *address

	// The mutex of all protects these fields.
	place    *list.Element // nil while the connection is busy or closed
	closed   bool
	deadline time.Time // for the whole response; zero means none
}

func (c *connection) Close() error {
	c.all.mu.Lock()
	c.all.forget(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// begin marks the connection as busy.
func (c *connection) begin() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.leavePlace()
}

// leavePlace marks the connection as no longer waiting. The caller holds the mutex.
func (c *connection) leavePlace() {
	if c.place != nil {
		c.own.waiting.Remove(c.place)
		c.place = nil
	}
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

package servers

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Line is a proxy in front of a server. It can make the server slow or unavailable.
//
// Line replaces Toxiproxy (v2.5), which has two bugs that occur while data is in flight.
// Toxiproxy leaks goroutines for each connection that it closes. Adding a toxic blocks
// forever after a client has disconnected or a server has stopped reading.
type Line struct {
	URL string // the server's URL, through the proxy

	t       testing.TB
	address string
	server  string
	running sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	pairs    map[*pair]bool
	latency  time.Duration
	held     chan struct{} // closed by Restore; nil unless half open
}

// pair is a client's connection to the proxy and the proxy's connection to the server.
type pair struct {
	client, server net.Conn
	closed         chan struct{}
	once           sync.Once
}

// Proxy starts a proxy in front of the server at a URL.
func Proxy(t testing.TB, serverURL string) *Line {
	t.Helper()
	u, err := url.Parse(serverURL)
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{t: t, address: FreeAddress(t), server: u.Host, pairs: map[*pair]bool{}}
	l.listen()
	u.Host = l.address
	l.URL = u.String()
	t.Cleanup(func() {
		l.Cut()
		l.running.Wait()
	})
	return l
}

// Cut closes all connections and refuses new ones, as if the server had stopped.
func (l *Line) Cut() {
	l.mu.Lock()
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	l.mu.Unlock()
	l.Drop()
}

// Drop closes the existing connections. New ones work.
func (l *Line) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.pairs {
		p.close()
	}
}

// HalfOpen keeps the connections open but delays all data until Restore, as if a cable
// had been pulled: neither side notices.
func (l *Line) HalfOpen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = make(chan struct{})
	}
}

// Latency delays all data by d, in each direction.
func (l *Line) Latency(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = d
}

// Connections returns the number of open connections.
func (l *Line) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.pairs)
}

// Restore undoes Cut, HalfOpen and Latency.
func (l *Line) Restore() {
	l.t.Helper()
	l.mu.Lock()
	l.latency = 0
	if l.held != nil {
		close(l.held)
		l.held = nil
	}
	cut := l.listener == nil
	l.mu.Unlock()
	if cut {
		l.listen()
	}
}

func (l *Line) listen() {
	l.t.Helper()
	listener, err := new(net.ListenConfig).Listen(l.t.Context(), "tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.listener, l.address = listener, listener.Addr().String()
	l.mu.Unlock()
	l.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // cut
			}
			l.running.Go(func() { l.join(client, listener) })
		}
	})
}

func (l *Line) join(client net.Conn, through net.Listener) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	server, err := dialer.DialContext(l.t.Context(), "tcp", l.server)
	if err != nil {
		client.Close()
		return
	}
	p := &pair{client: client, server: server, closed: make(chan struct{})}
	l.mu.Lock()
	l.pairs[p] = true
	cut := l.listener != through
	l.mu.Unlock()
	if cut {
		p.close()
	}
	var both sync.WaitGroup
	both.Go(func() { l.carry(p, p.client, p.server) })
	both.Go(func() { l.carry(p, p.server, p.client) })
	both.Wait()
	l.mu.Lock()
	delete(l.pairs, p)
	l.mu.Unlock()
}

func (l *Line) carry(p *pair, from, to net.Conn) {
	defer p.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && l.arrives(p) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// arrives waits for the latency and, if the line is half open, for Restore. It reports
// whether the connection is still open.
func (l *Line) arrives(p *pair) bool {
	l.mu.Lock()
	latency, held := l.latency, l.held
	l.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-p.closed:
		return false
	}
	if held == nil {
		return true
	}
	select {
	case <-held:
		return true
	case <-p.closed:
		return false
	}
}

func (p *pair) close() {
	p.once.Do(func() {
		close(p.closed)
		p.client.Close()
		p.server.Close()
	})
}

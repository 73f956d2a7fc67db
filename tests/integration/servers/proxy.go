package servers

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// A Line is a way to a server that can be made to fail.
//
// It is no Toxiproxy, because of what that does as a library (v2.5) when data is
// under way: goroutines stay behind for each connection that is cut, and adding a
// toxic waits for ever once a client has hung up or a server has stopped reading.
type Line struct {
	URL string // the server's, by way of the line

	t       testing.TB
	address string
	server  string
	running sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	pairs    map[*pair]bool
	latency  time.Duration
	held     chan struct{} // closed when it flows again; nil while it flows
}

// A pair is a client's connection to the line, and the line's to the server.
type pair struct {
	client, server net.Conn
	closed         chan struct{}
	once           sync.Once
}

// Proxy puts a line in front of the server at a URL.
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

// Cut ends all connections and refuses new ones, as if the server had stopped.
func (l *Line) Cut() {
	l.mu.Lock()
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	l.mu.Unlock()
	l.Drop()
}

// Drop ends the connections that there are. New ones are let through.
func (l *Line) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.pairs {
		p.close()
	}
}

// HalfOpen keeps the connections but holds back all that is sent on them, as if
// a cable had been pulled: nobody is told, and it arrives after Restore.
func (l *Line) HalfOpen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = make(chan struct{})
	}
}

// Latency delays what is sent, in each direction.
func (l *Line) Latency(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = d
}

// Connections is how many there are.
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

// arrives waits for as long as the line takes. It is false if that is for ever.
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

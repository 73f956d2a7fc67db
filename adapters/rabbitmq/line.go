package rabbitmq

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/singleflight"
)

// address is where the broker is, with the password to it.
type address string

var (
	errAddress = errors.New("the broker's URL is not of the form amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…")
	errClosed  = errors.New("the connection to the broker is closed")
	errBlocked = errors.New("the broker takes no messages for now, being short of memory or disk")
)

// parseAddress does not say what is wrong with a URL: that would quote parts of
// it, and one may be the password.
func parseAddress(url string) (address, error) {
	if _, err := amqp.ParseURI(url); err != nil {
		return "", errAddress
	}
	return address(url), nil
}

// dial makes a connection, unless ctx ends before. Purpose is what the broker's
// own tools call it.
func (a address) dial(ctx context.Context, purpose string) (*connection, error) {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(purpose)
	hold := func() bool { return true }
	defer func() { hold() }()
	var w *wire
	conn, err := amqp.DialConfig(string(a), amqp.Config{
		Properties: properties,
		// A broker that is silent for one and a half times as long is gone.
		Heartbeat: 6 * time.Second,
		Dial: func(network, hostPort string) (net.Conn, error) {
			dialer := net.Dialer{Timeout: patience}
			conn, err := dialer.DialContext(ctx, network, hostPort)
			if err != nil {
				return nil, err
			}
			// For the handshake; the client lifts the deadline after.
			hold = context.AfterFunc(ctx, func() { conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			w = &wire{Conn: conn}
			return w, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &connection{Connection: conn, wire: w}, nil
}

// line is a connection that is made anew when it is needed and was lost.
type line struct {
	address address
	purpose string
	dialing singleflight.Group

	mu     sync.Mutex
	conn   *connection // the last; nil before the first
	closed bool
}

// connection knows whether the broker takes messages on it.
type connection struct {
	*amqp.Connection
	wire    *wire
	blocked atomic.Bool
}

func newLine(at address, purpose string) *line { return &line{address: at, purpose: purpose} }

// get returns the connection that there is, or makes one. It dials once for all
// that wait.
func (l *line) get(ctx context.Context) (*connection, error) {
	got := l.dialing.DoChan("", func() (any, error) { return l.connected() })
	select {
	case result := <-got:
		conn, _ := result.Val.(*connection)
		return conn, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// connected runs once at a time. What it dials is for others too, and so does
// not end with the context of one.
func (l *line) connected() (*connection, error) {
	l.mu.Lock()
	conn, closed := l.conn, l.closed
	l.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if conn != nil && !conn.IsClosed() {
		return conn, nil
	}
	conn, err := l.address.dial(context.Background(), l.purpose)
	if err != nil {
		return nil, err
	}
	blocking := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	go func() {
		for b := range blocking {
			conn.blocked.Store(b.Active)
		}
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.Join(errClosed, conn.Close())
	}
	l.conn = conn
	return conn, nil
}

// close does not wait for a broker that is short of memory or disk: it reads
// nothing from who has published, farewells neither, though it goes on to send
// signs of life.
func (l *line) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn == nil || l.conn.IsClosed() {
		return nil
	}
	if l.conn.blocked.Load() {
		return l.conn.wire.Close()
	}
	defer time.AfterFunc(patience, func() { _ = l.conn.wire.Close() }).Stop()
	return l.conn.Close()
}

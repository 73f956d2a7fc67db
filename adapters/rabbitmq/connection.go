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

// address is the broker's URL, including the password.
type address string

var (
	// errAddress omits the parser's error, which may quote the password.
	errAddress = errors.New("the broker's URL is not of the form amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…")
	errClosed  = errors.New("the connection to the broker is closed")
	errBlocked = errors.New("the broker accepts no messages: it is short of memory or disk")
)

// dial opens a connection, unless ctx ends first. purpose is the connection's name in
// RabbitMQ's tools.
func (a address) dial(ctx context.Context, purpose string) (*connection, error) {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(purpose)
	detach := func() bool { return true }
	defer func() { detach() }()
	var buffered *bufferedConn
	conn, err := amqp.DialConfig(string(a), amqp.Config{
		Properties: properties,
		// The client closes a connection after 1.5 heartbeat intervals of silence.
		Heartbeat: 6 * time.Second,
		Dial: func(network, hostPort string) (net.Conn, error) {
			dialer := net.Dialer{Timeout: operationTimeout}
			conn, err := dialer.DialContext(ctx, network, hostPort)
			if err != nil {
				return nil, err
			}
			// ctx and the deadline limit the handshake. The client removes the deadline
			// afterwards.
			detach = context.AfterFunc(ctx, func() { conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(operationTimeout)); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			buffered = &bufferedConn{Conn: conn}
			return buffered, nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &connection{Connection: conn, buffered: buffered}, nil
}

// reconnectingConn dials on first use, and again after the connection is lost.
type reconnectingConn struct {
	address address
	purpose string
	dialing singleflight.Group

	mu     sync.Mutex
	conn   *connection // the latest connection; nil until one is open
	closed bool
}

// connection records whether the broker has blocked it.
type connection struct {
	*amqp.Connection
	buffered *bufferedConn
	blocked  atomic.Bool
}

// get returns the open connection, or dials one. Concurrent callers share one attempt.
func (r *reconnectingConn) get(ctx context.Context) (*connection, error) {
	got := r.dialing.DoChan("", func() (any, error) { return r.connected() })
	select {
	case result := <-got:
		conn, _ := result.Val.(*connection)
		return conn, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// connected never runs concurrently. It does not dial with a caller's context, because
// all callers share the connection.
func (r *reconnectingConn) connected() (*connection, error) {
	r.mu.Lock()
	conn, closed := r.conn, r.closed
	r.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if conn != nil && !conn.IsClosed() {
		return conn, nil
	}
	conn, err := r.address.dial(context.Background(), r.purpose)
	if err != nil {
		return nil, err
	}
	blocking := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	go func() {
		for b := range blocking {
			conn.blocked.Store(b.Active)
		}
	}()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.Join(errClosed, conn.Close())
	}
	r.conn = conn
	return conn, nil
}

// close does not wait for a broker that is short of memory or disk. Such a broker sends
// heartbeats, but reads nothing from publishing connections, not even the close
// handshake.
func (r *reconnectingConn) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.conn == nil || r.conn.IsClosed() {
		return nil
	}
	if r.conn.blocked.Load() {
		return r.conn.buffered.Close()
	}
	defer time.AfterFunc(operationTimeout, func() { _ = r.conn.buffered.Close() }).Stop()
	return r.conn.Close()
}

package postgres

import (
	"context"
	"net"
	"time"
)

// dialer makes connections with a read timeout. Without a timeout, a call could block
// forever if the network fails, because the driver waits for the server's reply even
// after the context ends.
type dialer struct{ readTimeout time.Duration } // zero for none

// Dial and DialTimeout implement pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil || d.readTimeout == 0 {
		return c, err
	}
	return &deadlineConn{Conn: c, readTimeout: d.readTimeout}, nil
}

// deadlineConn is a connection that limits the wait for each reply. It limits every read,
// because the driver reads only when it expects a reply.
type deadlineConn struct {
	net.Conn
	readTimeout time.Duration
	deadlineSet bool
}

// SetDeadline suspends the read timeout until the driver clears its deadline for
// connecting.
func (c *deadlineConn) SetDeadline(t time.Time) error {
	c.deadlineSet = !t.IsZero()
	return c.Conn.SetDeadline(t)
}

func (c *deadlineConn) Read(b []byte) (int, error) {
	if !c.deadlineSet {
		if err := c.SetReadDeadline(time.Now().Add(c.readTimeout)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}

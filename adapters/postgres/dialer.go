package postgres

import (
	"context"
	"net"
	"time"
)

// dialer makes connections that fail when the server is silent for too long. A
// context that ends makes the driver ask the server to end the statement, and
// wait for that: a server that was cut off would never answer.
type dialer struct{ patience time.Duration } // zero for without end

// Dial and DialTimeout are for pq.Dialer, which has them beside DialContext.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout is Dial for so long at most.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil || d.patience == 0 {
		return c, err
	}
	return &patient{Conn: c, patience: d.patience}, nil
}

// patient is a connection that waits so long for each answer. The driver reads
// only when there is one to come.
type patient struct {
	net.Conn
	patience  time.Duration
	deadlined bool
}

// SetDeadline is how the driver limits the time that it takes to connect.
func (c *patient) SetDeadline(t time.Time) error {
	c.deadlined = !t.IsZero()
	return c.Conn.SetDeadline(t)
}

func (c *patient) Read(b []byte) (int, error) {
	if !c.deadlined {
		if err := c.SetReadDeadline(time.Now().Add(c.patience)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}

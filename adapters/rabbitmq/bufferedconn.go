package rabbitmq

import (
	"net"
	"sync"
	"time"
)

// maxBuffered is the maximum number of buffered bytes.
const maxBuffered = 64 << 10

// bufferedConn wraps the client's network connection. The client writes each message
// separately. After a call to buffer, bufferedConn collects messages until flush is
// called, and writes them with fewer system calls.
//
// Writes have a deadline. Without a deadline, a publisher could wait forever for a broker
// that stops reading, and the client would not notice a lost connection.
type bufferedConn struct {
	net.Conn

	mu        sync.Mutex
	buffering int // the number of publishers that have called buffer but not yet flush
	buffered  []byte
}

func (c *bufferedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffered = append(c.buffered, p...)
	if c.buffering > 0 && len(c.buffered) < maxBuffered {
		return len(p), nil
	}
	if err := c.write(); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *bufferedConn) buffer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffering++
}

// flush undoes one call of buffer, and writes the buffered bytes.
func (c *bufferedConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffering--
	return c.write()
}

// write closes the connection after an error: part of a message may have been sent, and
// the client does not see the errors of flush.
func (c *bufferedConn) write() error {
	if len(c.buffered) == 0 {
		return nil
	}
	err := c.SetWriteDeadline(time.Now().Add(operationTimeout))
	if err == nil {
		_, err = c.Conn.Write(c.buffered)
	}
	c.buffered = c.buffered[:0]
	if err != nil {
		c.Close()
	}
	return err
}

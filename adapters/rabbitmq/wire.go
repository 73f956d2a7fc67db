package rabbitmq

import (
	"net"
	"sync"
	"time"
)

// maxGathered is in bytes.
const maxGathered = 64 << 10

// wire is the network connection under the client. The client writes each
// message by itself; a wire that gathers sends many in one piece, with fewer
// system calls.
//
// It does not write for ever to a broker that has stopped reading. A publisher
// that waited so would keep the client from noticing that the broker is gone.
type wire struct {
	net.Conn

	mu        sync.Mutex
	gathering int // the publishers for whom it does
	gathered  []byte
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gathered = append(w.gathered, p...)
	if w.gathering > 0 && len(w.gathered) < maxGathered {
		return len(p), nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *wire) gather() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gathering++
}

// send is called once for each gather.
func (w *wire) send() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gathering--
	return w.flush()
}

// flush closes a connection on which it fails: what was gathered may have been
// sent in part, and the client does not hear of it otherwise.
func (w *wire) flush() error {
	if len(w.gathered) == 0 {
		return nil
	}
	err := w.SetWriteDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = w.Conn.Write(w.gathered)
	}
	w.gathered = w.gathered[:0]
	if err != nil {
		w.Close()
	}
	return err
}

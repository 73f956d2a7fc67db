package telemetry

import (
	"io"
	"sync"
	"time"
)

// maxPendingLines is how many lines may wait to be written.
const maxPendingLines = 4096

// closeTimeout is how long Close waits for a writer that blocks.
const closeTimeout = 5 * time.Second

// boundedWriter writes in the background, in order. If the writer behind it is too
// slow, lines are dropped and counted; the caller is never blocked.
type boundedWriter struct {
	out     io.Writer
	dropped func()
	written chan struct{} // closed after the last line

	mu     sync.Mutex
	closed bool
	lines  chan []byte
}

func newBoundedWriter(out io.Writer, dropped func()) *boundedWriter {
	w := &boundedWriter{out: out, dropped: dropped, lines: make(chan []byte, maxPendingLines), written: make(chan struct{})}
	go func() {
		defer close(w.written)
		for line := range w.lines {
			if _, err := w.out.Write(line); err != nil {
				w.dropped()
			}
		}
	}()
	return w
}

// Write never blocks on the writer behind it and never fails.
func (w *boundedWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		w.dropped()
		return len(line), nil
	}
	select {
	case w.lines <- append([]byte(nil), line...):
	default:
		w.dropped()
	}
	return len(line), nil
}

// Close waits until all accepted lines are written, but not for ever: a writer
// that blocks must not keep the process from ending.
func (w *boundedWriter) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.lines)
	}
	w.mu.Unlock()
	select {
	case <-w.written:
	case <-time.After(closeTimeout):
	}
}

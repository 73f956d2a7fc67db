package telemetry

import (
	"io"
	"sync"
	"time"
)

// linesWaiting is how many lines may wait to be written.
const linesWaiting = 4096

// closeWithin is how long Close waits for a writer that does not come back.
const closeWithin = 5 * time.Second

// boundedWriter writes in the background, in order. A writer that is too slow
// loses lines, which are counted; it never holds up who logs.
type boundedWriter struct {
	out     io.Writer
	dropped func()
	written chan struct{} // closed when the last line is out

	mu     sync.Mutex
	closed bool
	lines  chan []byte
}

func newBoundedWriter(out io.Writer, dropped func()) *boundedWriter {
	w := &boundedWriter{out: out, dropped: dropped, lines: make(chan []byte, linesWaiting), written: make(chan struct{})}
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

// Close waits until all lines taken are written. A writer that is stuck does not
// keep the process from ending.
func (w *boundedWriter) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.lines)
	}
	w.mu.Unlock()
	select {
	case <-w.written:
	case <-time.After(closeWithin):
	}
}

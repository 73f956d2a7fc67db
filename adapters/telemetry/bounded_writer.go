package telemetry

import (
	"io"
	"sync"
	"time"
)

// Limits of the lines that are not yet written. A line that exceeds a limit is dropped.
const (
	maxLine         = 64 << 10 // bytes
	maxPendingBytes = 4 << 20
	maxPendingLines = 4096
)

const closeTimeout = 5 * time.Second

// boundedWriter writes lines in the background, in order. It drops and counts lines
// rather than block the caller.
type boundedWriter struct {
	out     io.Writer
	dropped func()
	written chan struct{} // closed after the last line

	mu      sync.Mutex
	closed  bool
	pending int // bytes in lines
	lines   chan []byte
}

func newBoundedWriter(out io.Writer, dropped func()) *boundedWriter {
	w := &boundedWriter{out: out, dropped: dropped, lines: make(chan []byte, maxPendingLines), written: make(chan struct{})}
	go func() {
		defer close(w.written)
		for line := range w.lines {
			if _, err := w.out.Write(line); err != nil {
				w.dropped()
			}
			w.mu.Lock()
			w.pending -= len(line)
			w.mu.Unlock()
		}
	}()
	return w
}

// Write never waits for the underlying writer and never fails.
func (w *boundedWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(line) > maxLine || w.pending+len(line) > maxPendingBytes {
		w.dropped()
		return len(line), nil
	}
	select {
	case w.lines <- append([]byte(nil), line...):
		w.pending += len(line)
	default:
		w.dropped()
	}
	return len(line), nil
}

// Close waits until all accepted lines are written, but at most closeTimeout, so that a
// blocked writer cannot block shutdown.
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

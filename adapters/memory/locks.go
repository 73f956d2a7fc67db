package memory

import (
	"context"
	"sync"
)

// Locks are for the goroutines of one process. Where there is one process, they
// are all the locks that it takes.
type Locks struct {
	mu   sync.Mutex
	held map[string]bool
}

// NewLocks makes locks that nobody holds.
func NewLocks() *Locks { return &Locks{held: map[string]bool{}} }

// While is as platform.Locks says.
func (l *Locks) While(ctx context.Context, name string, work func(context.Context) error) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !l.take(name) {
		return false, nil
	}
	defer l.release(name)
	return true, work(ctx)
}

func (l *Locks) take(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name] {
		return false
	}
	l.held[name] = true
	return true
}

func (l *Locks) release(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, name)
}

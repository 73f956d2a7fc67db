package memory

import (
	"context"
	"sync"
)

// Locks are for the goroutines of one process. Where there is one process, they
// are all the locks that it takes.
type Locker struct {
	mu   sync.Mutex
	held map[string]bool
}

// NewLocks makes locks that nobody holds.
func NewLocker() *Locker { return &Locker{held: map[string]bool{}} }

// While is as platform.Locks says.
func (l *Locker) TryWithLock(ctx context.Context, name string, work func(context.Context) error) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !l.take(name) {
		return false, nil
	}
	defer l.release(name)
	return true, work(ctx)
}

func (l *Locker) take(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name] {
		return false
	}
	l.held[name] = true
	return true
}

func (l *Locker) release(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, name)
}

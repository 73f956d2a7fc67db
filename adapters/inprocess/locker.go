package inprocess

import (
	"context"
	"sync"

	"example.com/portico/ports/platform"
)

var _ platform.Locker = (*Locker)(nil)

// Locker holds locks for the goroutines of one process. A service that runs as
// one process needs no others.
type Locker struct {
	mu   sync.Mutex
	held map[string]bool
}

// NewLocker returns a locker that holds no lock.
func NewLocker() *Locker { return &Locker{held: map[string]bool{}} }

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

package inprocess

import (
	"context"
	"sync"

	"example.com/portico/ports/platform"
)

var _ platform.Locker = (*Locker)(nil)

// Locker holds locks for the goroutines of one process. A service that runs as
// one process needs no others.
type Locker struct{ held sync.Map }

// NewLocker returns a locker that holds no lock.
func NewLocker() *Locker { return &Locker{} }

func (l *Locker) TryWithLock(ctx context.Context, name string, work func(context.Context) error) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if _, taken := l.held.LoadOrStore(name, true); taken {
		return false, nil
	}
	defer l.held.Delete(name)
	return true, work(ctx)
}

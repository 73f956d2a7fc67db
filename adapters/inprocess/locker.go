package inprocess

import (
	"context"
	"sync"

	"example.com/portico/ports/platform"
)

var _ platform.Locker = (*Locker)(nil)

// Locker holds locks for the goroutines of one process. A service that runs as
// one process needs no others. The zero Locker holds no lock.
type Locker struct{ held sync.Map }

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

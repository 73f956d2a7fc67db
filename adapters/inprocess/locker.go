package inprocess

import (
	"context"
	"sync"

	"example.com/portico/ports/platform"
)

var _ platform.Locker = (*Locker)(nil)

// Locker holds locks for the goroutines of one process. Use it only for a service that
// runs as a single process. The zero Locker is ready to use.
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

package platform

import "context"

// Locker lets one process at a time hold a named lock. Shared, and not durable: a
// lock ends with its process.
type Locker interface {
	// TryWithLock calls work while holding the lock, and returns true. If the lock
	// is held elsewhere, it returns false at once, without calling work. The
	// context passed to work ends when the lock is lost. The lock is released when
	// work returns or the process ends, even by a crash.
	TryWithLock(ctx context.Context, name string, work func(context.Context) error) (acquired bool, err error)
}

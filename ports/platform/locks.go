package platform

import "context"

// Locker lets one process at a time do something. Shared, and not durable: a lock
// ends with its process.
type Locker interface {
	// TryWithLock calls work while holding the lock, and returns true. If the
	// lock is held elsewhere, it returns false at once, without calling work. The
	// context of work ends when the lock is lost. The lock is released when work
	// returns or its process ends, however it ends.
	TryWithLock(ctx context.Context, name string, work func(context.Context) error) (acquired bool, err error)
}

package platform

import "context"

// Locker lets one caller at a time hold a named lock. Shared, and not durable.
type Locker interface {
	// TryWithLock calls the function work while holding the lock, and returns true. If
	// another caller holds the lock, TryWithLock returns false at once, without calling
	// work. The context passed to work is cancelled when the lock is lost. The lock is
	// released when work returns, or when the process ends or crashes.
	TryWithLock(ctx context.Context, name string, work func(context.Context) error) (acquired bool, err error)
}

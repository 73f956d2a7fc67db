package platform

import "context"

// Locker lets one process at a time do something. Shared, and not durable: a lock
// ends with its process.
type Locker interface {
	// While runs work while this process alone holds the lock of that name,
	// and tells that it did. It returns false at once, without running work,
	// while somebody else holds it. The context given to work ends when the
	// lock is lost. The lock is free again when work has ended, or its process
	// has, however that ended.
	TryWithLock(ctx context.Context, name string, work func(context.Context) error) (bool, error)
}

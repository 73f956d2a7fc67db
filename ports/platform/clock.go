package platform

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the time in UTC, to the microsecond, as stores keep it.
	Now() time.Time
}

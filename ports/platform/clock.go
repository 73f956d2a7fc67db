package platform

import "time"

// Clock tells the time.
type Clock interface {
	// Now is in UTC, to the microsecond, which is what stores keep.
	Now() time.Time
}

package platform

import "time"

// Clock tells the time.
type Clock interface {
	// Now is in UTC, to the microsecond: what a store gives back is what was
	// put in.
	Now() time.Time
}

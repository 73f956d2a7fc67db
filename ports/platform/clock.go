package platform

import "time"

// Clock tells the time.
type Clock interface {
	// Now returns the current time in UTC, to the microsecond. Stored times have the same
	// precision.
	Now() time.Time
}

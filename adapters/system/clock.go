// Package system takes the time and chance from the machine.
package system

import "time"

// Clock shows the machine's time.
type Clock struct{}

// Now is in UTC, to the microsecond.
func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

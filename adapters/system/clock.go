// Package system provides the system clock.
package system

import (
	"time"

	"example.com/portico/ports/platform"
)

var _ platform.Clock = Clock{}

// Clock reads the system clock, in UTC and in whole microseconds.
type Clock struct{}

func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

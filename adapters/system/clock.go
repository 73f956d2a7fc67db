// Package system provides the clock of the machine.
package system

import (
	"time"

	"example.com/portico/ports/platform"
)

var _ platform.Clock = Clock{}

// Clock is the clock of the machine.
type Clock struct{}

func (Clock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

package system_test

import (
	"testing"
	"time"

	"example.com/portico/adapters/system"
)

func TestClock(t *testing.T) {
	t.Run("returns the machine's time in UTC, to the microsecond", func(t *testing.T) {
		before := time.Now().Truncate(time.Microsecond)
		now := system.Clock{}.Now()
		after := time.Now()

		if now.Before(before) || now.After(after) {
			t.Errorf("got %s, want between %s and %s", now, before, after)
		}
		if now != now.UTC().Truncate(time.Microsecond) { // != also compares the monotonic reading, which stores do not keep
			t.Errorf("got %#v, want UTC to the microsecond", now)
		}
	})
}

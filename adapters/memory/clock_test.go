package memory_test

import (
	"testing"
	"time"

	"example.com/portico/adapters/memory"
)

func TestClock(t *testing.T) {
	start := time.Date(2031, time.May, 4, 14, 0, 0, 123_456_789, time.FixedZone("CEST", 2*60*60))
	clock := memory.NewClock(start)
	want := time.Date(2031, time.May, 4, 12, 0, 0, 123_456_000, time.UTC)
	for range 2 {
		if got := clock.Now(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	clock.Advance(time.Hour + time.Nanosecond)
	if got := clock.Now(); got != want.Add(time.Hour) {
		t.Errorf("got %s after an hour, want %s", got, want.Add(time.Hour))
	}
}

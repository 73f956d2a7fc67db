package platform_test

import (
	"math"
	"testing"
	"time"

	"example.com/portico/ports/platform"
)

func TestDelay(t *testing.T) {
	t.Run("doubles with each attempt up to the maximum", func(t *testing.T) {
		policy := platform.RetryPolicy{Attempts: 6, FirstDelay: time.Second, MaxDelay: 5 * time.Second}
		want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second}
		for i, delay := range want {
			if got := policy.Delay(i + 1); got != delay {
				t.Errorf("after attempt %d: %s, want %s", i+1, got, delay)
			}
		}
	})
	t.Run("does not overflow after many attempts", func(t *testing.T) {
		policy := platform.RetryPolicy{FirstDelay: time.Second, MaxDelay: math.MaxInt64}
		if got := policy.Delay(10_000); got != math.MaxInt64 {
			t.Errorf("got %s", got)
		}
	})
	t.Run("is the maximum if the first delay exceeds it", func(t *testing.T) {
		policy := platform.RetryPolicy{FirstDelay: time.Minute, MaxDelay: time.Second}
		if got := policy.Delay(1); got != time.Second {
			t.Errorf("got %s", got)
		}
	})
}

func TestExhausted(t *testing.T) {
	policy := platform.RetryPolicy{Attempts: 3}
	for attempts, want := range map[int]bool{1: false, 2: false, 3: true, 4: true} {
		if got := policy.Exhausted(attempts); got != want {
			t.Errorf("after %d of 3 attempts: %t", attempts, got)
		}
	}
}

package harness

import (
	"context"
	"testing"
	"time"
)

// Eventually calls the function holds until it returns true. It fails the test if that
// takes longer than the given time.
func Eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", within, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

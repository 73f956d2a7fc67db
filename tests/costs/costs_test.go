package main

import (
	"path/filepath"
	"testing"

	"example.com/portico/tests/testkit"
)

// TestNoRequestIsCostly is a short form of the command. It sends each request once, to a
// box office with few shows and bookings, and does not check times.
func TestNoRequestIsCostly(t *testing.T) {
	testkit.Must(t, checkComplete())
	o, cleanup, err := open(t.Context(), filepath.Join(t.TempDir(), "data"), size{shows: 20, taken: 10, runs: 1, brief: true})
	testkit.Must(t, err)
	t.Cleanup(cleanup)
	for _, op := range operations {
		t.Run(op.id, func(t *testing.T) {
			results, err := o.measure(t.Context(), op)
			testkit.Must(t, err)
			testkit.Must(t, check(results, false))
			for _, accepted := range []bool{true, false} {
				if !hasOutcome(results, accepted) {
					t.Errorf("no request has the outcome accepted = %t, want one", accepted)
				}
			}
		})
	}
}

package testkit_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/tests/testkit"
)

// recorder keeps the failures that a helper reports.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func TestWantEqual(t *testing.T) {
	type price struct{ cents int }
	noon := time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name      string
		got, want any
		equal     bool
	}{
		{"unexported fields that differ", price{1}, price{2}, false},
		{"unexported fields that are equal", []price{{1}}, []price{{1}}, true},
		{"an empty slice and nil", []int{}, []int(nil), true},
		{"one time in two zones", noon.In(time.FixedZone("CET", 3600)), noon, false},
		{"one time in one zone", noon.UTC(), noon, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			testkit.WantEqual(r, "value", tt.got, tt.want)
			if equal := len(r.failures) == 0; equal != tt.equal {
				t.Errorf("got equal = %t, want %t: %q", equal, tt.equal, r.failures)
			}
		})
	}
}

func TestWantError(t *testing.T) {
	r := &recorder{TB: t}
	testkit.WantError(r, fmt.Errorf("read: %w", fs.ErrNotExist), fs.ErrNotExist)
	if len(r.failures) != 0 {
		t.Errorf("got failures %q for a wrapped error, want none", r.failures)
	}
	testkit.WantError(r, nil, fs.ErrNotExist)
	if len(r.failures) != 1 {
		t.Errorf("got failures %q for nil, want one", r.failures)
	}
}

func TestWantErrorType(t *testing.T) {
	r := &recorder{TB: t}
	err := fmt.Errorf("read: %w", &fs.PathError{Path: "notes"})
	if found, ok := testkit.WantErrorType[*fs.PathError](r, err); !ok || found.Path != "notes" {
		t.Errorf("got %v, %t, want the error about notes", found, ok)
	}
	if _, ok := testkit.WantErrorType[*fs.PathError](r, errors.New("no")); ok {
		t.Error("got a path error where there is none")
	}
	if len(r.failures) != 1 || !strings.Contains(r.failures[0], "want a *fs.PathError") {
		t.Errorf("got failures %q, want one that names the type", r.failures)
	}
}

func TestWantPanic(t *testing.T) {
	r := &recorder{TB: t}
	testkit.WantPanic(r, "no", func() { panic("no") })
	if len(r.failures) != 0 {
		t.Errorf("got failures %q, want none", r.failures)
	}
	testkit.WantPanic(r, "no", func() {})
	if len(r.failures) != 1 {
		t.Errorf("got failures %q where nothing panicked, want one", r.failures)
	}
}

func TestRunConcurrently(t *testing.T) {
	var running atomic.Int32
	testkit.RunConcurrently(10, func(int) {
		running.Add(1)
		for running.Load() < 10 { // ends only if all 10 run at the same time
			time.Sleep(time.Millisecond)
		}
	})
}

func TestInParallelRounds(t *testing.T) {
	var rounds atomic.Int32
	testkit.InParallelRounds(t, func(*testing.T) { rounds.Add(1) })
	testkit.WantEqual(t, "rounds that have ended", rounds.Load(), testkit.Rounds)
}

func TestEventually(t *testing.T) {
	polls := 0
	testkit.Eventually(t, "three polls", func() bool {
		polls++
		return polls == 3
	})
}

func TestReceive(t *testing.T) {
	values := make(chan int, 1)
	values <- 42
	testkit.WantEqual(t, "value", testkit.Receive(t, values), 42)
}

// Package testkit has helpers for the tests of all packages: comparisons that print got
// and want, waits with a deadline, and concurrent calls. It imports no other package of
// the service.
//
// If a Want function fails, the test continues. Must, Eventually and Receive call
// t.Fatalf if they fail, so call them only from the test's goroutine.
package testkit

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Timeout bounds every wait for something that must happen. Only a failing test waits
// that long.
const Timeout = time.Minute

// Must ends the test unless err is nil.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// WantEqual compares two values deeply, including unexported fields, and prints the
// difference. Times are equal only if they are in the same zone. An empty slice or map
// equals nil.
func WantEqual[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var exactly = cmp.Options{
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Location() == b.Location() }),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	cmpopts.EquateEmpty(),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

// WantError reports a failure unless errors.Is(got, want).
func WantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got error %v, want %v", got, want)
	}
}

// WantErrorType checks that err's tree has an error of type E. It returns the error, and
// reports whether it found one.
func WantErrorType[E error](t testing.TB, err error) (E, bool) {
	t.Helper()
	found, ok := errors.AsType[E](err)
	if !ok {
		t.Errorf("got error %v, want a %s", err, reflect.TypeFor[E]())
	}
	return found, ok
}

// WantPanic checks that do() panics with the value want.
func WantPanic(t testing.TB, want any, do func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("got panic %v, want %v", got, want)
		}
	}()
	do()
}

// CancelledContext returns a context that is already cancelled.
func CancelledContext(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// RunConcurrently calls do(0) to do(n-1) in n goroutines that start together, and waits
// for all of them.
func RunConcurrently(n int, do func(i int)) {
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	running.Wait()
}

// Rounds is the number of times that InParallelRounds runs a race.
const Rounds = 20

// InParallelRounds runs a race as [Rounds] parallel subtests. It returns after all
// subtests have ended, so that the caller can check the combined results.
func InParallelRounds(t *testing.T, race func(t *testing.T)) {
	t.Helper()
	t.Run("rounds", func(t *testing.T) {
		for i := range Rounds {
			t.Run(strconv.Itoa(i+1), func(t *testing.T) {
				t.Parallel()
				race(t)
			})
		}
	})
}

// Succeeded returns the number of nil errors.
func Succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

// Eventually polls until condition() returns true. After [Timeout], it ends the test with
// a failure.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(Timeout); !condition(); <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", Timeout, what)
		}
	}
}

// Receive returns the next value of a channel, or the zero value if the channel is
// closed. Receive ends the test if it would wait longer than [Timeout].
func Receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(Timeout):
		t.Fatalf("received no %s within %s", reflect.TypeFor[T](), Timeout)
		panic("unreachable")
	}
}

package bootstrap

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"example.com/portico/adapters/telemetry"
)

// Checks must all pass for a process to be ready.
type Checks map[string]telemetry.Check

// Needs holds the checks of the dependencies that each component needs.
type Needs struct{ API, Worker Checks }

func (n Needs) of(c Components) Checks {
	needed := Checks{}
	if c.API {
		maps.Copy(needed, n.API)
	}
	if c.Worker {
		maps.Copy(needed, n.Worker)
	}
	return needed
}

// gate holds the checks that currently decide whether the process is ready.
type gate struct{ now atomic.Pointer[Checks] }

func (g *gate) set(now Checks) { g.now.Store(&now) }

func (g *gate) checks() map[string]telemetry.Check { return *g.now.Load() }

func failing(name, reason string) Checks {
	return Checks{name: func(context.Context) error { return errors.New(reason) }}
}

// waitForDependencies retries each check until the check passes, and logs each failure.
// It fails when ctx ends.
func waitForDependencies(ctx context.Context, needed Checks, t *telemetry.Telemetry) error {
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		delays := backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(200*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(0))
		err := backoff.RetryNotify(
			func() error {
				ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
				defer cancel()
				return needed[name](ctx)
			},
			backoff.WithContext(delays, ctx),
			func(err error, delay time.Duration) {
				t.Info(ctx, "waiting", map[string]any{"for": name, "because": err.Error(), "againAfter": delay.String()})
			})
		if err != nil {
			return err
		}
	}
	return nil
}

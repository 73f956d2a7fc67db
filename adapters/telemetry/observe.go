package telemetry

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

var _ ports.Observer = (*Telemetry)(nil)

// Begin measures the run of a use case and logs it at level debug. Errors are
// logged by Report, where they end.
func (t *Telemetry) Begin(ctx context.Context, useCase string) (context.Context, func(any, error)) {
	start := time.Now()
	return ctx, func(result any, err error) {
		took := time.Since(start)
		outcome := "ok"
		if err != nil {
			outcome = "failed"
		}
		t.metrics.useCases.WithLabelValues(useCase, outcome).Observe(took.Seconds())
		if batch, ok := result.(ports.BatchResult); ok {
			t.metrics.deferred.WithLabelValues(useCase).Set(float64(batch.Deferred))
		}
		t.entry(ctx).WithField("useCase", useCase).WithField("outcome", outcome).
			WithField("seconds", took.Seconds()).Debug("use case")
	}
}

// ObserveRequest counts a request and logs it. Neither headers nor the query are
// logged: they may contain secrets.
func (t *Telemetry) ObserveRequest(ctx context.Context, r platform.HandledRequest) {
	route := cmp.Or(r.Route, "none") // never the path: the number of paths is unbounded
	t.metrics.requests.WithLabelValues(route, strconv.Itoa(r.Status)).Observe(r.Duration.Seconds())
	line := t.entry(ctx).WithFields(map[string]any{
		"route": route, "path": r.Path, "status": r.Status,
		"bytes": r.Bytes, "seconds": r.Duration.Seconds(), "remote": r.RemoteAddr,
	})
	if r.Aborted {
		line = line.WithField("brokenOff", true)
	}
	line.Info("request")
}

package telemetry

import (
	"context"
	"time"

	"example.com/portico/ports"
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

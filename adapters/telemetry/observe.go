package telemetry

import (
	"context"
	"time"

	"example.com/portico/ports"
)

// Begin gives a use case its metrics and, at level debug, its log line. What
// went wrong is logged by Report, at the edge where an error ends.
func (t *Telemetry) Begin(ctx context.Context, useCase string) (context.Context, func(any, error)) {
	start := time.Now()
	return ctx, func(result any, err error) {
		took := time.Since(start)
		outcome := "ok"
		if err != nil {
			outcome = "failed"
		}
		t.metrics.useCases.WithLabelValues(useCase, outcome).Observe(took.Seconds())
		if swept, ok := result.(ports.BatchResult); ok {
			t.metrics.left.WithLabelValues(useCase).Set(float64(swept.Deferred))
		}
		t.entry(ctx).WithField("useCase", useCase).WithField("outcome", outcome).
			WithField("seconds", took.Seconds()).Debug("use case")
	}
}

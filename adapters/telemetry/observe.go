package telemetry

import (
	"context"
	"time"

	"example.com/portico/ports/inbound"
)

// Observe gives a use case its metrics and, at level debug, its log line. What
// went wrong is logged by Report, at the edge where an error ends.
func Observe[C, R any](t *Telemetry, name string, uc inbound.UseCase[C, R]) inbound.UseCase[C, R] {
	return &observed[C, R]{telemetry: t, name: name, next: uc}
}

type observed[C, R any] struct {
	telemetry *Telemetry
	name      string
	next      inbound.UseCase[C, R]
}

func (o *observed[C, R]) Handle(ctx context.Context, command C) (R, error) {
	start := time.Now()
	result, err := o.next.Handle(ctx, command)
	took := time.Since(start)

	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	o.telemetry.metrics.useCases.WithLabelValues(o.name, outcome).Observe(took.Seconds())
	if swept, ok := any(result).(inbound.Swept); ok {
		o.telemetry.metrics.left.WithLabelValues(o.name).Set(float64(swept.Left))
	}
	o.telemetry.entry(ctx).WithField("useCase", o.name).WithField("outcome", outcome).
		WithField("seconds", took.Seconds()).Debug("use case")
	return result, err
}

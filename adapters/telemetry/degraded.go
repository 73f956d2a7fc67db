package telemetry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// ReportDegraded returns an error reporter that also counts how often the service
// continued without a dependency.
func (t *Telemetry) ReportDegraded(dependency string) ports.ErrorReporter {
	counter := t.metrics.degraded.WithLabelValues(dependency)
	return func(ctx context.Context, err error) {
		counter.Inc()
		t.Report(ctx, err)
	}
}

// InstrumentRateLimiter counts the errors of a rate limiter: the requests that
// they concern are not limited.
func (t *Telemetry) InstrumentRateLimiter(next platform.RateLimiter) platform.RateLimiter {
	return countedLimiter{next, t.metrics.degraded.WithLabelValues("rate_limit")}
}

type countedLimiter struct {
	next   platform.RateLimiter
	failed prometheus.Counter
}

func (l countedLimiter) Allow(ctx context.Context, key string, rate platform.Rate) (platform.RateDecision, error) {
	decision, err := l.next.Allow(ctx, key, rate)
	if err != nil && ctx.Err() == nil {
		l.failed.Inc()
	}
	return decision, err
}

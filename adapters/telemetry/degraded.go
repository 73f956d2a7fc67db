package telemetry

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/portico/ports/platform"
)

// DoneWithout returns a report that also counts how often the service went on
// without something.
func (t *Telemetry) DoneWithout(what string) func(context.Context, error) {
	counter := t.metrics.doneWithout.WithLabelValues(what)
	return func(ctx context.Context, err error) {
		counter.Inc()
		t.Report(ctx, err)
	}
}

// CountLimiter counts how often a rate limiter does not answer, in which case
// nobody is limited.
func (t *Telemetry) CountLimiter(next platform.RateLimiter) platform.RateLimiter {
	return countedLimiter{next, t.metrics.doneWithout.WithLabelValues("rate_limit")}
}

type countedLimiter struct {
	next   platform.RateLimiter
	failed prometheus.Counter
}

func (l countedLimiter) Allow(ctx context.Context, key string, rate platform.Rate) (platform.RateDecision, error) {
	verdict, err := l.next.Allow(ctx, key, rate)
	if err != nil && ctx.Err() == nil {
		l.failed.Inc()
	}
	return verdict, err
}

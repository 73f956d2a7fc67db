package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// InstrumentPublisher counts the events that were published and those that were
// not.
func (t *Telemetry) InstrumentPublisher(next platform.Publisher) platform.Publisher {
	return countedPublisher{next, t.metrics.events}
}

type countedPublisher struct {
	next   platform.Publisher
	events *prometheus.CounterVec
}

func (p countedPublisher) Publish(ctx context.Context, events []platform.Event) error {
	outcome := "published"
	err := p.next.Publish(ctx, events)
	if err != nil {
		outcome = "failed"
	}
	p.events.WithLabelValues(outcome).Add(float64(len(events)))
	return err
}

// InstrumentOutbox registers metrics of the outbox's backlog, read at each scrape,
// and returns the outbox.
func (t *Telemetry) InstrumentOutbox(o platform.Outbox) platform.Outbox {
	t.metrics.registry.MustRegister(outboxMetrics{o})
	return o
}

type outboxMetrics struct{ outbox platform.Outbox }

var (
	outboxPending = prometheus.NewDesc("portico_outbox_pending", "Events that are stored and not yet published.", nil, nil)
	outboxAge     = prometheus.NewDesc("portico_outbox_oldest_seconds", "Age of the oldest event that is not yet published; 0 if there is none.", nil, nil)
)

func (outboxMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- outboxPending
	descriptions <- outboxAge
}

// Collect leaves the metrics out while the outbox is unavailable, so that the
// scrape still returns all others.
func (m outboxMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	count, oldest, err := m.outbox.Backlog(ctx)
	if err != nil {
		return
	}
	age := 0.0
	if !oldest.IsZero() {
		age = max(0, time.Since(oldest).Seconds())
	}
	metrics <- prometheus.MustNewConstMetric(outboxPending, prometheus.GaugeValue, float64(count))
	metrics <- prometheus.MustNewConstMetric(outboxAge, prometheus.GaugeValue, age)
}

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

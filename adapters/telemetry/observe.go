package telemetry

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

var _ ports.Observer = (*Telemetry)(nil)

// Begin measures a run of a use case and logs it at level debug. It does not log the
// error; see Report.
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

// ObserveRequest counts a request and logs it. It logs neither headers nor the query,
// because they may contain secrets. It does not log all requests that exceed a rate limit,
// so that a client cannot fill the log with them.
func (t *Telemetry) ObserveRequest(ctx context.Context, r accesslog.Entry) {
	route := cmp.Or(r.Route, "none") // never the path: the number of paths is unbounded
	t.metrics.requests.WithLabelValues(route, strconv.Itoa(r.Status)).Observe(r.Duration.Seconds())
	if r.Status == http.StatusTooManyRequests && !t.rateLimited.Allow() {
		return
	}
	line := t.entry(ctx).WithFields(map[string]any{
		"route": route, "path": r.Path, "status": r.Status,
		"bytes": r.Bytes, "seconds": r.Duration.Seconds(), "remote": r.RemoteAddr,
	})
	if r.Aborted {
		line = line.WithField("brokenOff", true)
	}
	line.Info("request")
}

// InstrumentPublisher returns a publisher that counts published and failed events.
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

// InstrumentOutbox registers metrics that read the outbox's backlog at each scrape. It
// returns the outbox.
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

// Collect omits the metrics while the outbox is unavailable, so that the scrape still
// returns all others.
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

// ReportDegraded returns a reporter for a dependency that the service can continue
// without. The reporter logs and counts errors.
func (t *Telemetry) ReportDegraded(dependency string) ports.ErrorReporter {
	counter := t.metrics.degraded.WithLabelValues(dependency)
	return func(ctx context.Context, err error) {
		counter.Inc()
		t.Report(ctx, err)
	}
}

// InstrumentRateLimiter returns a rate limiter that counts its failures as degraded
// operations, because the API allows a request when the limiter fails.
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

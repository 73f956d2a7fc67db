package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/portico/ports/platform"
)

// CountPublished counts the events that next takes and those that it does not.
func (t *Telemetry) CountPublished(next platform.Publisher) platform.Publisher {
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

// WatchOutbox adds metrics that ask the outbox whenever they are read, and
// returns it.
func (t *Telemetry) WatchOutbox(o platform.Outbox) platform.Outbox {
	t.metrics.registry.MustRegister(outboxMetrics{o})
	return o
}

type outboxMetrics struct{ outbox platform.Outbox }

var (
	outboxPending = prometheus.NewDesc("portico_outbox_pending", "Events that are stored and not yet with the broker.", nil, nil)
	outboxAge     = prometheus.NewDesc("portico_outbox_oldest_seconds", "How long ago the first of these happened; 0 when there is none.", nil, nil)
)

// Describe is for prometheus.
func (outboxMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- outboxPending
	descriptions <- outboxAge
}

// Collect leaves the metrics out while the outbox does not answer: the others
// are wanted then all the more.
func (m outboxMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
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

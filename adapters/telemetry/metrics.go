package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.HistogramVec
	useCases     *prometheus.HistogramVec
	deferred     *prometheus.GaugeVec
	linesDropped prometheus.Counter
	events       *prometheus.CounterVec
	degraded     *prometheus.CounterVec
}

func newMetrics() *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	register := promauto.With(registry)
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return register.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &metrics{
		registry: registry,
		requests: histogram("portico_http_request_duration_seconds", "Duration of HTTP requests, by route and status.", "route", "status"),
		useCases: histogram("portico_use_case_duration_seconds",
			"Duration of use cases, by name and outcome (ok or failed).", "use_case", "outcome"),
		deferred: register.NewGaugeVec(prometheus.GaugeOpts{
			Name: "portico_job_deferred",
			Help: "Items that a job deferred to its next run. For SettlePayments: bookings whose charge has no known outcome.",
		}, []string{"use_case"}),
		linesDropped: register.NewCounter(prometheus.CounterOpts{
			Name: "portico_log_lines_dropped_total",
			Help: "Log lines dropped because they could not be written in time, or were too long.",
		}),
		events: counter("portico_events_total",
			"Events that the relay passed to the broker, by outcome: published, or failed (to be retried).", "outcome"),
		degraded: counter("portico_degraded_total",
			"Operations completed in degraded mode, by unavailable dependency.", "dependency"),
	}
}

// RegisterGauge adds a gauge whose value is read at each scrape.
func (t *Telemetry) RegisterGauge(name, help string, value func() float64) {
	t.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

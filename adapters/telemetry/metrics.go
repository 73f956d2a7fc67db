package telemetry

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.HistogramVec
	useCases     *prometheus.HistogramVec
	left         *prometheus.GaugeVec
	linesDropped prometheus.Counter
	events       *prometheus.CounterVec
	doneWithout  *prometheus.CounterVec
}

func newMetrics() *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	register := promauto.With(registry)
	return &metrics{
		registry: registry,
		requests: register.NewHistogramVec(prometheus.HistogramOpts{
			Name: "portico_http_request_duration_seconds",
			Help: "How long HTTP requests took, by route and status.",
		}, []string{"route", "status"}),
		useCases: register.NewHistogramVec(prometheus.HistogramOpts{
			Name: "portico_use_case_duration_seconds",
			Help: "How long use cases took, by name and outcome (ok or failed).",
		}, []string{"use_case", "outcome"}),
		left: register.NewGaugeVec(prometheus.GaugeOpts{
			Name: "portico_job_left",
			Help: "What a job had to leave for its next run. For SettlePayments: bookings whose charge the gateway says nothing about.",
		}, []string{"use_case"}),
		linesDropped: register.NewCounter(prometheus.CounterOpts{
			Name: "portico_log_lines_dropped_total",
			Help: "Log lines that were lost because they could not be written in time.",
		}),
		events: register.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_events_total",
			Help: "Events that the relay handed to the broker, by outcome: published, or failed to be tried again.",
		}, []string{"outcome"}),
		doneWithout: register.NewCounterVec(prometheus.CounterOpts{
			Name: "portico_done_without_total",
			Help: "How often the service went on without something that it can do without, by what it was.",
		}, []string{"what"}),
	}
}

// Watch adds a gauge that is read whenever the metrics are.
func (t *Telemetry) Watch(name, help string, value func() float64) {
	t.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

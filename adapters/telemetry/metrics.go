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
			Help: "What a job had to leave for its next run. For settle_payments: bookings whose charge the gateway says nothing about.",
		}, []string{"use_case"}),
		linesDropped: register.NewCounter(prometheus.CounterOpts{
			Name: "portico_log_lines_dropped_total",
			Help: "Log lines that were lost because they could not be written in time.",
		}),
	}
}

// Watch adds a gauge that is read whenever the metrics are.
func (t *Telemetry) Watch(name, help string, value func() float64) {
	t.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

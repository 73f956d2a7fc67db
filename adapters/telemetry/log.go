// Package telemetry writes the log, keeps the metrics, and serves the pages for
// operators.
package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/sirupsen/logrus"
	"golang.org/x/time/rate"

	"example.com/portico/ports"
)

// Telemetry is the log and the metrics of one process.
type Telemetry struct {
	log     *logrus.Logger
	out     *boundedWriter
	metrics *metrics
	// rateLimited limits the lines about requests that exceed a rate limit.
	rateLimited *rate.Limiter
}

// New returns a Telemetry that logs JSON lines to out, in the background. The level is
// debug, info, warn or error.
func New(out io.Writer, level string) (*Telemetry, error) {
	l, err := logrus.ParseLevel(level)
	if err != nil {
		return nil, fmt.Errorf("log level %q: want debug, info, warn or error", level)
	}
	t := &Telemetry{log: logrus.New(), metrics: newMetrics(), rateLimited: rate.NewLimiter(10, 100)}
	t.out = newBoundedWriter(out, t.metrics.linesDropped.Inc)
	t.log.SetOutput(t.out)
	t.log.SetLevel(l)
	t.log.SetFormatter(&logrus.JSONFormatter{
		TimestampFormat: "2006-01-02T15:04:05.000000Z07:00",
		FieldMap:        logrus.FieldMap{logrus.FieldKeyMsg: "message", logrus.FieldKeyTime: "time"},
	})
	return t, nil
}

func (t *Telemetry) Close() { t.out.Close() }

func (t *Telemetry) Info(ctx context.Context, message string, fields map[string]any) {
	t.entry(ctx).WithFields(fields).Info(message)
}

func (t *Telemetry) Warn(ctx context.Context, message string, fields map[string]any) {
	t.entry(ctx).WithFields(fields).Warn(message)
}

// Report logs an error that no caller receives. Only the log contains the full text of
// the error.
func (t *Telemetry) Report(ctx context.Context, err error) {
	text := err.Error()
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
	}
	t.entry(ctx).WithField(logrus.ErrorKey, text).Error("error")
}

// maxErrorText is the maximum length of an error in the log, in bytes. JSON may encode
// one byte as six, so the line stays below maxLine.
const maxErrorText = 8 << 10

// HTTPErrorLog returns a logger for [http.Server.ErrorLog].
func (t *Telemetry) HTTPErrorLog() *log.Logger { return log.New(httpErrors{t}, "", 0) }

type httpErrors struct{ t *Telemetry }

func (w httpErrors) Write(text []byte) (int, error) {
	w.t.Report(context.Background(), fmt.Errorf("http server: %s", bytes.TrimSpace(text)))
	return len(text), nil
}

func (t *Telemetry) entry(ctx context.Context) *logrus.Entry {
	e := t.log.WithContext(ctx)
	if id := ports.CorrelationID(ctx); id != "" {
		e = e.WithField("correlationId", id)
	}
	return e
}

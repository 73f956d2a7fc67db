package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"example.com/portico/adapters/internal/accesslog"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *buffer) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(line)
}

func newTelemetry(t *testing.T, level string) (*telemetry.Telemetry, *buffer) {
	t.Helper()
	p := &buffer{}
	tel, err := telemetry.New(p, level)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tel.Close)
	return tel, p
}

// written closes the log and returns its lines.
func written(t *testing.T, tel *telemetry.Telemetry, p *buffer) []map[string]any {
	t.Helper()
	tel.Close()
	var lines []map[string]any
	for line := range strings.Lines(p.text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("the line %q is not a JSON object: %v", line, err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func get(t *testing.T, ops http.Handler, path string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	ops.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// wantMetric checks that the metrics contain a line.
func wantMetric(t *testing.T, tel *telemetry.Telemetry, line string) {
	t.Helper()
	_, page := get(t, tel.OpsHandler(nil, false), "/metrics")
	if !strings.Contains(page, line+"\n") {
		t.Errorf("the metrics lack %q:\n%s", line, page)
	}
}

func TestLog(t *testing.T) {
	t.Run("writes one JSON object per line, with the correlation id and an RFC 3339 time", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		ctx := ports.WithCorrelationID(t.Context(), "request-7")
		tel.Info(ctx, "started", map[string]any{"api": true})
		tel.Report(t.Context(), errors.New("two\nlines"))

		lines := written(t, tel, p)
		for _, line := range lines {
			if _, err := time.Parse(time.RFC3339Nano, line["time"].(string)); err != nil {
				t.Error(err)
			}
			delete(line, "time")
		}
		want := []map[string]any{
			{"level": "info", "message": "started", "correlationId": "request-7", "api": true},
			{"level": "error", "message": "error", "error": "two\nlines"},
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})

	t.Run("omits lines below its level", func(t *testing.T) {
		for level, want := range map[string]int{"debug": 2, "info": 2, "warn": 1, "error": 1} {
			tel, p := newTelemetry(t, level)
			tel.Info(t.Context(), "started", nil)
			tel.Report(t.Context(), errors.New("no"))
			if got := len(written(t, tel, p)); got != want {
				t.Errorf("got %d lines at level %s, want %d", got, level, want)
			}
		}
	})

	t.Run("clips long errors", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.Report(t.Context(), errors.New(strings.Repeat("é", 10_000)))
		if got, want := written(t, tel, p)[0]["error"], strings.Repeat("é", 4096)+"…"; got != want {
			t.Errorf("got an error of %d bytes, want %d", len(got.(string)), len(want))
		}
	})

	t.Run("contains the errors of the HTTP server", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.HTTPErrorLog().Printf("http: Accept error: %s", "too many open files")
		if got, want := written(t, tel, p)[0]["error"], "http server: http: Accept error: too many open files"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})

	t.Run("refuses an unknown level", func(t *testing.T) {
		if _, err := telemetry.New(io.Discard, "loud"); err == nil {
			t.Error("got no error for level loud")
		}
	})
}

// stuck blocks every write until release is closed.
type stuck struct {
	buffer
	release <-chan struct{}
}

func (s *stuck) Write(line []byte) (int, error) {
	<-s.release
	return s.buffer.Write(line)
}

func TestLogThatCannotBeWritten(t *testing.T) {
	const lines = 5000 // more than can be pending
	// logged opens a log on a stuck writer and logs all lines. It would never return if
	// logging blocked.
	logged := func(t *testing.T) (tel *telemetry.Telemetry, out *stuck, release func()) {
		free := make(chan struct{})
		out = &stuck{release: free}
		tel, err := telemetry.New(out, "info")
		if err != nil {
			t.Fatal(err)
		}
		tel.Info(t.Context(), "0", nil)
		synctest.Wait() // until line 0 is being written
		for i := 1; i < lines; i++ {
			tel.Info(t.Context(), fmt.Sprint(i), nil)
		}
		return tel, out, sync.OnceFunc(func() { close(free) })
	}

	t.Run("drops lines, counts them, and keeps the others in order", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tel, out, release := logged(t)
			wantMetric(t, tel, fmt.Sprintf("portico_log_lines_dropped_total %d", lines-1-4096))
			release()
			for i, line := range written(t, tel, &out.buffer) {
				if line["message"] != fmt.Sprint(i) {
					t.Fatalf("line %d is %q", i, line["message"])
				}
			}
			if got := strings.Count(out.text.String(), "\n"); got != 1+4096 {
				t.Errorf("%d lines were written, want %d", got, 1+4096)
			}
		})
	})

	t.Run("keeps at most 4 MiB of pending lines", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			free := make(chan struct{})
			out := &stuck{release: free}
			tel, err := telemetry.New(out, "info")
			if err != nil {
				t.Fatal(err)
			}
			tel.Info(t.Context(), "0", nil)
			synctest.Wait() // until line 0 is being written
			for range 500 {
				tel.Info(t.Context(), strings.Repeat("x", 40_000), nil)
			}
			close(free)
			tel.Close()
			if got := len(out.text.String()); got > 4<<20+1000 || got < 4<<20-50_000 {
				t.Errorf("got %d bytes, want about 4 MiB", got)
			}
		})
	})

	t.Run("drops a line of over 64 KiB", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.Info(t.Context(), strings.Repeat("x", 64<<10), nil)
		tel.Info(t.Context(), "next", nil)
		if lines := written(t, tel, p); len(lines) != 1 || lines[0]["message"] != "next" {
			t.Errorf("got %d lines, want only the next", len(lines))
		}
		wantMetric(t, tel, "portico_log_lines_dropped_total 1")
	})

	t.Run("delays Close by at most 10 s", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tel, _, release := logged(t)
			defer release()
			start := time.Now()
			tel.Close()
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("Close took %s, want 10 s at most", took)
			}
		})
	})

	t.Run("drops and counts lines that are logged after Close", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.Close()
		tel.Info(t.Context(), "late", nil)
		wantMetric(t, tel, "portico_log_lines_dropped_total 1")
		if lines := written(t, tel, p); len(lines) > 0 {
			t.Errorf("got lines %v, want none", lines)
		}
	})

	t.Run("counts every line as dropped while the disk is full", func(t *testing.T) {
		tel, err := telemetry.New(full{}, "info")
		if err != nil {
			t.Fatal(err)
		}
		tel.Info(t.Context(), "one", nil)
		tel.Info(t.Context(), "two", nil)
		tel.Close()
		wantMetric(t, tel, "portico_log_lines_dropped_total 2")
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestObserveRequest(t *testing.T) {
	request := accesslog.Entry{
		Route: "POST /items/{id}", Path: "/items/42", RemoteAddr: "192.0.2.1:4711", Status: 201, Bytes: 11, Duration: 2 * time.Second,
	}

	t.Run("logs one line per request", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.ObserveRequest(ports.WithCorrelationID(t.Context(), "request-7"), request)
		lines := written(t, tel, p)
		delete(lines[0], "time")
		want := []map[string]any{{
			"level": "info", "message": "request", "correlationId": "request-7", "route": "POST /items/{id}", "path": "/items/42",
			"status": 201.0, "bytes": 11.0, "seconds": 2.0, "remote": "192.0.2.1:4711",
		}}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})

	t.Run("logs that a response was aborted", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		aborted := request
		aborted.Aborted = true
		tel.ObserveRequest(t.Context(), aborted)
		if line := written(t, tel, p)[0]; line["status"] != 201.0 || line["bytes"] != 11.0 || line["brokenOff"] != true {
			t.Errorf("got line %v, want status 201, 11 bytes and brokenOff", line)
		}
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="POST /items/{id}",status="201"} 1`)
	})

	t.Run("logs few of many requests that exceed a rate limit", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		limited := request
		limited.Status = 429
		for range 10_000 {
			tel.ObserveRequest(t.Context(), limited)
		}
		tel.ObserveRequest(t.Context(), request)
		lines := written(t, tel, p)
		if len(lines) < 100 || len(lines) > 1_000 || lines[len(lines)-1]["status"] != 201.0 {
			t.Errorf("got %d lines, of which the last has the status %v; want from 100 to 1,000, the last with 201", len(lines), lines[len(lines)-1]["status"])
		}
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="POST /items/{id}",status="429"} 10000`)
	})

	t.Run("labels requests by route, not by path", func(t *testing.T) {
		tel, _ := newTelemetry(t, "error")
		tel.ObserveRequest(t.Context(), request)
		tel.ObserveRequest(t.Context(), request)
		tel.ObserveRequest(t.Context(), accesslog.Entry{Path: "/a-path-of-ones-own", Status: 404})
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="POST /items/{id}",status="201"} 2`)
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="none",status="404"} 1`)
		if _, page := get(t, tel.OpsHandler(nil, false), "/metrics"); strings.Contains(page, "ones-own") {
			t.Error("the metrics contain the path")
		}
	})
}

// Commands of use cases.
type (
	greet          string
	settlePayments struct{}
)

// answering is a use case that always returns result and err.
type answering[C, R any] struct {
	result R
	err    error
}

func (a answering[C, R]) Handle(context.Context, C) (R, error) { return a.result, a.err }

func TestBegin(t *testing.T) {
	t.Run("leaves results unchanged, and counts runs by name and outcome", func(t *testing.T) {
		tel, p := newTelemetry(t, "debug")
		failure := errors.New("secret detail")
		ctx := ports.WithCorrelationID(t.Context(), "request-7")
		for _, uc := range []answering[greet, int]{{result: 1}, {result: 2}, {err: failure}} {
			result, err := ports.Observe(tel, uc).Handle(ctx, "secret command")
			if result != uc.result || !errors.Is(err, uc.err) {
				t.Errorf("got %d, %v; want %d, %v", result, err, uc.result, uc.err)
			}
		}
		wantMetric(t, tel, `portico_use_case_duration_seconds_count{outcome="ok",use_case="greet"} 2`)
		wantMetric(t, tel, `portico_use_case_duration_seconds_count{outcome="failed",use_case="greet"} 1`)

		var outcomes []any
		for _, line := range written(t, tel, p) {
			if line["useCase"] != "greet" || line["correlationId"] != "request-7" || line["level"] != "debug" {
				t.Errorf("line %v", line)
			}
			outcomes = append(outcomes, line["outcome"])
		}
		if !slices.Equal(outcomes, []any{"ok", "ok", "failed"}) || strings.Contains(p.text.String(), "secret") {
			t.Errorf("lines\n%s", p.text.String())
		}
	})

	t.Run("reports how many items a job deferred, even if the job failed", func(t *testing.T) {
		tel, _ := newTelemetry(t, "info")
		settle := func(deferred int, err error) {
			uc := answering[settlePayments, ports.BatchResult]{result: ports.BatchResult{Deferred: deferred}, err: err}
			_, _ = ports.Observe(tel, uc).Handle(t.Context(), settlePayments{})
		}
		settle(3, ports.ErrUnavailable)
		wantMetric(t, tel, `portico_job_deferred{use_case="settlePayments"} 3`)
		settle(0, nil)
		wantMetric(t, tel, `portico_job_deferred{use_case="settlePayments"} 0`)
	})
}

func TestRegisterGauge(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	value := 1.0
	tel.RegisterGauge("portico_test", "A test.", func() float64 { return value })
	wantMetric(t, tel, "portico_test 1")
	value = 2
	wantMetric(t, tel, "portico_test 2")
}

func TestInstrumentOutbox(t *testing.T) { synctest.Test(t, testInstrumentOutbox) }

func testInstrumentOutbox(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	o := &someOutbox{}
	if got := tel.InstrumentOutbox(o); got != platform.Outbox(o) {
		t.Errorf("got %v, want the outbox", got)
	}
	wantMetric(t, tel, "portico_outbox_pending 0")
	wantMetric(t, tel, "portico_outbox_oldest_seconds 0")
	o.count, o.oldest = 3, time.Now().Add(-time.Hour)
	wantMetric(t, tel, "portico_outbox_pending 3")
	wantMetric(t, tel, "portico_outbox_oldest_seconds 3600")
	o.err = errors.New("unavailable")
	if _, page := get(t, tel.OpsHandler(nil, false), "/metrics"); strings.Contains(page, "\nportico_outbox") || !strings.Contains(page, "\nportico_log_lines_dropped_total") {
		t.Errorf("while the outbox is unavailable, the metrics are\n%s", page)
	}
}

type someOutbox struct {
	platform.Outbox
	count  int
	oldest time.Time
	err    error
}

func (o *someOutbox) Backlog(context.Context) (int, time.Time, error) {
	return o.count, o.oldest, o.err
}

func TestInstrumentPublisher(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	var next failingPublisher
	publisher := tel.InstrumentPublisher(&next)
	for _, next.err = range []error{nil, nil, errors.New("unavailable")} {
		if err := publisher.Publish(t.Context(), make([]platform.Event, 3)); !errors.Is(err, next.err) {
			t.Errorf("got %v, want %v", err, next.err)
		}
	}
	wantMetric(t, tel, `portico_events_total{outcome="published"} 6`)
	wantMetric(t, tel, `portico_events_total{outcome="failed"} 3`)
}

type failingPublisher struct{ err error }

func (p *failingPublisher) Publish(context.Context, []platform.Event) error { return p.err }

func TestReportDegraded(t *testing.T) {
	t.Run("counts and reports an error", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		report := tel.ReportDegraded("cache")
		wantMetric(t, tel, `portico_degraded_total{dependency="cache"} 0`)
		report(t.Context(), errors.New("connection refused"))
		wantMetric(t, tel, `portico_degraded_total{dependency="cache"} 1`)
		if lines := written(t, tel, p); len(lines) != 1 || lines[0]["error"] != "connection refused" {
			t.Errorf("got lines %v, want one with the error", lines)
		}
	})

	t.Run("counts a limiter's failures, but not cancelled requests", func(t *testing.T) {
		tel, _ := newTelemetry(t, "info")
		limiter := tel.InstrumentRateLimiter(failingLimiter{})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{t.Context(), gone, t.Context()} {
			if _, err := limiter.Allow(ctx, "ann", platform.Rate{}); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		}
		wantMetric(t, tel, `portico_degraded_total{dependency="rate_limit"} 2`)
	})
}

type failingLimiter struct{}

func (failingLimiter) Allow(context.Context, string, platform.Rate) (platform.RateDecision, error) {
	return platform.RateDecision{}, ports.ErrUnavailable
}

func TestOpsHandler(t *testing.T) {
	fine := func(context.Context) error { return nil }
	broken := func(context.Context) error { return errors.New("connection to secret-host refused") }
	pages := func(t *testing.T, checks map[string]telemetry.Check) (http.Handler, *telemetry.Telemetry, *buffer) {
		tel, p := newTelemetry(t, "info")
		return tel.OpsHandler(func() map[string]telemetry.Check { return checks }, false), tel, p
	}
	wantPage := func(t *testing.T, ops http.Handler, path string, status int, body string) {
		t.Helper()
		gotStatus, gotBody := get(t, ops, path)
		if gotStatus != status || gotBody != body+"\n" {
			t.Errorf("%s: got %d %s, want %d %s", path, gotStatus, gotBody, status, body)
		}
	}

	t.Run("reports that all checks pass", func(t *testing.T) {
		ops, _, _ := pages(t, map[string]telemetry.Check{"database": fine, "broker": fine})
		wantPage(t, ops, "/live", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/ready", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/health", http.StatusOK, `{"status":"ok","checks":{"broker":"ok","database":"ok"}}`)
	})

	t.Run("reports which check fails, but gives the reason only in the log", func(t *testing.T) {
		ops, tel, p := pages(t, map[string]telemetry.Check{"database": broken, "broker": fine})
		wantPage(t, ops, "/live", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/ready", http.StatusServiceUnavailable, `{"status":"unavailable"}`)
		wantPage(t, ops, "/health", http.StatusServiceUnavailable, `{"status":"unavailable","checks":{"broker":"ok","database":"unavailable"}}`)
		lines := written(t, tel, p)
		if len(lines) != 2 || lines[0]["check"] != "database" || lines[0]["error"] != "connection to secret-host refused" {
			t.Errorf("lines %v, want one for each page, with the check and its error", lines)
		}
	})

	for name, hangs := range map[string]func(release <-chan struct{}) telemetry.Check{
		"until its timeout": func(<-chan struct{}) telemetry.Check {
			return func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		},
		"and ignores its context": func(release <-chan struct{}) telemetry.Check {
			return func(context.Context) error { <-release; return nil }
		},
	} {
		t.Run("abandons a check that hangs "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				ops, _, _ := pages(t, map[string]telemetry.Check{"database": hangs(release), "broker": hangs(release), "mail": fine})
				start := time.Now()
				wantPage(t, ops, "/health", http.StatusServiceUnavailable,
					`{"status":"unavailable","checks":{"broker":"unavailable","database":"unavailable","mail":"ok"}}`)
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("the page took %s, want 3 s at most", took)
				}
				close(release)
			})
		})
	}

	t.Run("forbids caching", func(t *testing.T) {
		ops, _, _ := pages(t, nil)
		w := httptest.NewRecorder()
		ops.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ready", nil))
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("got Cache-Control %q, want no-store", got)
		}
	})

	t.Run("serves metrics", func(t *testing.T) {
		ops, _, _ := pages(t, nil)
		if status, page := get(t, ops, "/metrics"); status != http.StatusOK || !strings.Contains(page, "go_goroutines") {
			t.Errorf("/metrics answers %d", status)
		}
	})

	t.Run("serves profiles only on request", func(t *testing.T) {
		tel, _ := newTelemetry(t, "info")
		const goroutines = "/debug/pprof/goroutine?debug=1"
		if status, page := get(t, tel.OpsHandler(nil, true), goroutines); status != http.StatusOK || !strings.Contains(page, "goroutine profile") {
			t.Errorf("%s with profiles: got %d %.100s, want the profile", goroutines, status, page)
		}
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/profile?seconds=1", "/debug/pprof/symbol", "/debug/pprof/trace", goroutines} {
			if status, _ := get(t, tel.OpsHandler(nil, false), path); status != http.StatusNotFound {
				t.Errorf("%s without profiles: got %d, want 404", path, status)
			}
		}
	})
}

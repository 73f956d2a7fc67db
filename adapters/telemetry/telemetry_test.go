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

	"example.com/portico/adapters/telemetry"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// paper is what log lines are written on.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *paper) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(line)
}

func newTelemetry(t *testing.T, level string) (*telemetry.Telemetry, *paper) {
	t.Helper()
	p := &paper{}
	tel, err := telemetry.New(p, level)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tel.Close)
	return tel, p
}

// written closes the log and returns its lines.
func written(t *testing.T, tel *telemetry.Telemetry, p *paper) []map[string]any {
	t.Helper()
	tel.Close()
	var lines []map[string]any
	for line := range strings.Lines(p.text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("the line %q is no JSON object: %v", line, err)
		}
		lines = append(lines, fields)
	}
	return lines
}

// get asks for a page of Ops.
func get(t *testing.T, ops http.Handler, path string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	ops.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// wantMetric looks for a line of the metrics page.
func wantMetric(t *testing.T, tel *telemetry.Telemetry, line string) {
	t.Helper()
	_, page := get(t, tel.Ops(nil), "/metrics")
	if !strings.Contains(page, line+"\n") {
		t.Errorf("the metrics lack %q:\n%s", line, page)
	}
}

func TestLog(t *testing.T) {
	t.Run("is a JSON object a line, with the request's id and the time in UTC or with its offset", func(t *testing.T) {
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
			{"level": "error", "message": "failed", "error": "two\nlines"},
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})

	t.Run("leaves out what is below its level", func(t *testing.T) {
		for level, want := range map[string]int{"debug": 2, "info": 2, "warn": 1, "error": 1} {
			tel, p := newTelemetry(t, level)
			tel.Info(t.Context(), "started", nil)
			tel.Report(t.Context(), errors.New("no"))
			if got := len(written(t, tel, p)); got != want {
				t.Errorf("%d lines at level %s, want %d", got, level, want)
			}
		}
	})

	t.Run("has no level that it does not know", func(t *testing.T) {
		if _, err := telemetry.New(io.Discard, "loud"); err == nil {
			t.Error("there is a level loud")
		}
	})
}

// stuck does not come back from a write until it is let go.
type stuck struct {
	paper
	letGo <-chan struct{}
}

func (s *stuck) Write(line []byte) (int, error) {
	<-s.letGo
	return s.paper.Write(line)
}

func TestLogThatCannotBeWritten(t *testing.T) {
	const lines = 5000 // more than may wait
	// logged fills a log that is stuck. It would never return if that blocked.
	logged := func(t *testing.T) (tel *telemetry.Telemetry, out *stuck, letGo func()) {
		free := make(chan struct{})
		out = &stuck{letGo: free}
		tel, err := telemetry.New(out, "info")
		if err != nil {
			t.Fatal(err)
		}
		tel.Info(t.Context(), "0", nil)
		synctest.Wait() // until that one is being written
		for i := 1; i < lines; i++ {
			tel.Info(t.Context(), fmt.Sprint(i), nil)
		}
		return tel, out, sync.OnceFunc(func() { close(free) })
	}

	t.Run("loses lines, counts them, and keeps the others in order", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tel, out, letGo := logged(t)
			wantMetric(t, tel, fmt.Sprintf("portico_log_lines_dropped_total %d", lines-1-4096))
			letGo()
			for i, line := range written(t, tel, &out.paper) {
				if line["message"] != fmt.Sprint(i) {
					t.Fatalf("line %d is %q", i, line["message"])
				}
			}
			if got := strings.Count(out.text.String(), "\n"); got != 1+4096 {
				t.Errorf("%d lines were written, want %d", got, 1+4096)
			}
		})
	})

	t.Run("does not keep the process from ending", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tel, _, letGo := logged(t)
			defer letGo()
			start := time.Now()
			tel.Close()
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("to close took %s", took)
			}
		})
	})

	t.Run("because it is closed, counts what comes late", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		tel.Close()
		tel.Info(t.Context(), "late", nil)
		wantMetric(t, tel, "portico_log_lines_dropped_total 1")
		if lines := written(t, tel, p); len(lines) > 0 {
			t.Errorf("wrote %v", lines)
		}
	})

	t.Run("because the disk is full, counts every line", func(t *testing.T) {
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

func TestAccessLog(t *testing.T) {
	pages := http.NewServeMux()
	pages.HandleFunc("POST /shows/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "request-7")
		w.Header().Set("Set-Cookie", "secret-cookie")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	})
	pages.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	pages.HandleFunc("GET /early", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	})
	pages.HandleFunc("GET /late", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begun")
		w.WriteHeader(http.StatusInternalServerError)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("it hides what the writer can do: %v", err)
		}
	})
	pages.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "begun")
		panic(http.ErrAbortHandler)
	})
	send := func(tel *telemetry.Telemetry, method, target, body string) {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer secret-token")
		r.RemoteAddr = "192.0.2.1:4711"
		tel.AccessLog(pages).ServeHTTP(httptest.NewRecorder(), r)
	}

	t.Run("is a line a request, with no header, query or body in it", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		send(tel, http.MethodPost, "/shows/42?token=secret-query", "secret-body")
		lines := written(t, tel, p)
		if strings.Contains(p.text.String(), "secret") {
			t.Errorf("the log tells secrets: %s", p.text.String())
		}
		if seconds, ok := lines[0]["seconds"].(float64); !ok || seconds < 0 || seconds > 60 {
			t.Errorf("it took %v", lines[0]["seconds"])
		}
		delete(lines[0], "time")
		delete(lines[0], "seconds")
		want := []map[string]any{{
			"level": "info", "message": "request", "correlationId": "request-7", "route": "POST /shows/{id}", "path": "/shows/42",
			"status": 201.0, "bytes": 11.0, "remote": "192.0.2.1:4711",
		}}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})

	t.Run("knows the status that the client sees", func(t *testing.T) {
		for target, want := range map[string]float64{"/silent": 200, "/early": 404, "/late": 200, "/nowhere": 404} {
			tel, p := newTelemetry(t, "info")
			send(tel, http.MethodGet, target, "")
			if got := written(t, tel, p)[0]["status"]; got != want {
				t.Errorf("%s: status %v, want %v", target, got, want)
			}
		}
	})

	t.Run("tells of an answer that is broken off", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		func() {
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Error("the panic does not go on")
				}
			}()
			send(tel, http.MethodGet, "/broken", "")
		}()
		if line := written(t, tel, p)[0]; line["status"] != 200.0 || line["bytes"] != 5.0 || line["brokenOff"] != true {
			t.Errorf("line %v", line)
		}
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="GET /broken",status="200"} 1`)
	})

	t.Run("counts by route, and not by what a client makes up", func(t *testing.T) {
		tel, _ := newTelemetry(t, "error")
		send(tel, http.MethodPost, "/shows/42", "")
		send(tel, http.MethodPost, "/shows/43", "")
		send(tel, "FETCH", "/a-path-of-ones-own", "")
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="POST /shows/{id}",status="201"} 2`)
		wantMetric(t, tel, `portico_http_request_duration_seconds_count{route="none",status="404"} 1`)
		if _, page := get(t, tel.Ops(nil), "/metrics"); strings.Contains(page, "FETCH") || strings.Contains(page, "ones-own") {
			t.Error("the metrics repeat what a client has made up")
		}
	})
}

// The commands of some use cases.
type (
	greet          string
	settlePayments struct{}
)

// answering is a use case that always answers the same.
type answering[C, R any] struct {
	result R
	err    error
}

func (a answering[C, R]) Handle(context.Context, C) (R, error) { return a.result, a.err }

func TestBegin(t *testing.T) {
	t.Run("changes nothing, and counts by name and outcome", func(t *testing.T) {
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

	t.Run("shows what a job had to leave, also when it failed, until it leaves nothing", func(t *testing.T) {
		tel, _ := newTelemetry(t, "info")
		settle := func(left int, err error) {
			uc := answering[settlePayments, ports.BatchResult]{result: ports.BatchResult{Deferred: left}, err: err}
			_, _ = ports.Observe(tel, uc).Handle(t.Context(), settlePayments{})
		}
		settle(3, ports.ErrUnavailable)
		wantMetric(t, tel, `portico_job_left{use_case="settlePayments"} 3`)
		settle(0, nil)
		wantMetric(t, tel, `portico_job_left{use_case="settlePayments"} 0`)
	})
}

func TestWatch(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	value := 1.0
	tel.Watch("portico_test", "A test.", func() float64 { return value })
	wantMetric(t, tel, "portico_test 1")
	value = 2
	wantMetric(t, tel, "portico_test 2")
}

func TestWatchOutbox(t *testing.T) { synctest.Test(t, testWatchOutbox) }

func testWatchOutbox(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	o := &someOutbox{}
	if got := tel.WatchOutbox(o); got != platform.Outbox(o) {
		t.Errorf("it returns %v, want the outbox", got)
	}
	wantMetric(t, tel, "portico_outbox_pending 0")
	wantMetric(t, tel, "portico_outbox_oldest_seconds 0")
	o.count, o.oldest = 3, time.Now().Add(-time.Hour)
	wantMetric(t, tel, "portico_outbox_pending 3")
	wantMetric(t, tel, "portico_outbox_oldest_seconds 3600")
	o.err = errors.New("away")
	if _, page := get(t, tel.Ops(nil), "/metrics"); strings.Contains(page, "\nportico_outbox") || !strings.Contains(page, "\nportico_log_lines_dropped_total") {
		t.Errorf("while the outbox is away, the metrics are\n%s", page)
	}
}

// someOutbox tells what it is told to.
type someOutbox struct {
	platform.Outbox
	count  int
	oldest time.Time
	err    error
}

func (o *someOutbox) Backlog(context.Context) (int, time.Time, error) {
	return o.count, o.oldest, o.err
}

func TestCountPublished(t *testing.T) {
	tel, _ := newTelemetry(t, "info")
	var next takeOrLeave
	publisher := tel.CountPublished(&next)
	for _, next.err = range []error{nil, nil, errors.New("away")} {
		if err := publisher.Publish(t.Context(), make([]platform.Event, 3)); !errors.Is(err, next.err) {
			t.Errorf("got %v, want %v", err, next.err)
		}
	}
	wantMetric(t, tel, `portico_events_total{outcome="published"} 6`)
	wantMetric(t, tel, `portico_events_total{outcome="failed"} 3`)
}

type takeOrLeave struct{ err error }

func (p *takeOrLeave) Publish(context.Context, []platform.Event) error { return p.err }

func TestDoneWithout(t *testing.T) {
	t.Run("counts and reports", func(t *testing.T) {
		tel, p := newTelemetry(t, "info")
		report := tel.DoneWithout("cache")
		wantMetric(t, tel, `portico_done_without_total{what="cache"} 0`)
		report(t.Context(), errors.New("connection refused"))
		wantMetric(t, tel, `portico_done_without_total{what="cache"} 1`)
		if lines := written(t, tel, p); len(lines) != 1 || lines[0]["error"] != "connection refused" {
			t.Errorf("the log says %v", lines)
		}
	})

	t.Run("counts a limiter's failures, and not that somebody is gone", func(t *testing.T) {
		tel, _ := newTelemetry(t, "info")
		limiter := tel.CountLimiter(noLimiter{})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{t.Context(), gone, t.Context()} {
			if _, err := limiter.Allow(ctx, "ann", platform.Rate{}); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		}
		wantMetric(t, tel, `portico_done_without_total{what="rate_limit"} 2`)
	})
}

type noLimiter struct{}

func (noLimiter) Allow(context.Context, string, platform.Rate) (platform.RateDecision, error) {
	return platform.RateDecision{}, ports.ErrUnavailable
}

func TestOps(t *testing.T) {
	fine := func(context.Context) error { return nil }
	broken := func(context.Context) error { return errors.New("connection to secret-host refused") }
	pages := func(t *testing.T, checks map[string]telemetry.Check) (http.Handler, *telemetry.Telemetry, *paper) {
		tel, p := newTelemetry(t, "info")
		return tel.Ops(func() map[string]telemetry.Check { return checks }), tel, p
	}
	wantPage := func(t *testing.T, ops http.Handler, path string, status int, body string) {
		t.Helper()
		gotStatus, gotBody := get(t, ops, path)
		if gotStatus != status || gotBody != body+"\n" {
			t.Errorf("%s answers %d %s; want %d %s", path, gotStatus, gotBody, status, body)
		}
	}

	t.Run("says that all is well", func(t *testing.T) {
		ops, _, _ := pages(t, map[string]telemetry.Check{"database": fine, "broker": fine})
		wantPage(t, ops, "/live", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/ready", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/health", http.StatusOK, `{"status":"ok","checks":{"broker":"ok","database":"ok"}}`)
	})

	t.Run("says what is not, and why only to the log", func(t *testing.T) {
		ops, tel, p := pages(t, map[string]telemetry.Check{"database": broken, "broker": fine})
		wantPage(t, ops, "/live", http.StatusOK, `{"status":"ok"}`)
		wantPage(t, ops, "/ready", http.StatusServiceUnavailable, `{"status":"unavailable"}`)
		wantPage(t, ops, "/health", http.StatusServiceUnavailable, `{"status":"unavailable","checks":{"broker":"ok","database":"unavailable"}}`)
		lines := written(t, tel, p)
		if len(lines) != 2 || lines[0]["check"] != "database" || lines[0]["error"] != "connection to secret-host refused" {
			t.Errorf("lines %v, want one for each page, with the check and its error", lines)
		}
	})

	for name, hangs := range map[string]func(letGo <-chan struct{}) telemetry.Check{
		"until its time is up": func(<-chan struct{}) telemetry.Check {
			return func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		},
		"and does not even look at its time": func(letGo <-chan struct{}) telemetry.Check {
			return func(context.Context) error { <-letGo; return nil }
		},
	} {
		t.Run("gives up a check that hangs "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				letGo := make(chan struct{})
				ops, _, _ := pages(t, map[string]telemetry.Check{"database": hangs(letGo), "broker": hangs(letGo), "mail": fine})
				start := time.Now()
				wantPage(t, ops, "/health", http.StatusServiceUnavailable,
					`{"status":"unavailable","checks":{"broker":"unavailable","database":"unavailable","mail":"ok"}}`)
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("the page took %s", took)
				}
				close(letGo)
			})
		})
	}

	t.Run("is not to be kept by anybody on the way", func(t *testing.T) {
		ops, _, _ := pages(t, nil)
		w := httptest.NewRecorder()
		ops.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ready", nil))
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
	})

	t.Run("shows what the process is at", func(t *testing.T) {
		ops, _, _ := pages(t, nil)
		if status, page := get(t, ops, "/metrics"); status != http.StatusOK || !strings.Contains(page, "go_goroutines") {
			t.Errorf("/metrics answers %d", status)
		}
		if status, page := get(t, ops, "/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(page, "goroutine profile") {
			t.Errorf("/debug/pprof/ answers %d", status)
		}
	})
}

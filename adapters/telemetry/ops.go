package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check returns nil if a dependency of the program is available.
type Check func(context.Context) error

const checkTimeout = 2 * time.Second

// OpsHandler serves the pages for operators:
//
//	/live     200 while the process can answer
//	/ready    200 if every check passes, otherwise 503
//	/health   like /ready, with the outcome of each check as JSON
//	/metrics  for Prometheus
//	/debug/pprof/  Go profiles, if the parameter profiles is true
//
// It calls checks() for each request to /ready or /health. It logs the errors of failed
// checks, but omits them from responses. Do not expose this handler publicly.
func (t *Telemetry) OpsHandler(checks func() map[string]Check, profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) {
		writeHealth(w, true, nil)
	})
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		_, ok := t.runChecks(r.Context(), checks())
		writeHealth(w, ok, nil)
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		outcomes, ok := t.runChecks(r.Context(), checks())
		writeHealth(w, ok, outcomes)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.metrics.registry, promhttp.HandlerOpts{Registry: t.metrics.registry}))
	if profiles {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func writeHealth(w http.ResponseWriter, ok bool, checks map[string]string) {
	status, word := http.StatusOK, "ok"
	if !ok {
		status, word = http.StatusServiceUnavailable, "unavailable"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // fails only if the client is gone
		Status string            `json:"status"`
		Checks map[string]string `json:"checks,omitempty"`
	}{word, checks})
}

func (t *Telemetry) runChecks(ctx context.Context, checks map[string]Check) (map[string]string, bool) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var (
		mu       sync.Mutex
		ok       = true
		outcomes = make(map[string]string, len(checks))
		running  sync.WaitGroup
	)
	for name, check := range checks {
		running.Go(func() {
			err := runCheck(ctx, check)
			mu.Lock()
			defer mu.Unlock()
			outcomes[name] = "ok"
			if err != nil {
				ok, outcomes[name] = false, "unavailable"
				t.entry(ctx).WithError(err).WithField("check", name).Warn("not ready")
			}
		})
	}
	running.Wait()
	return outcomes, ok
}

// runCheck runs a check, but stops waiting for it when ctx ends.
func runCheck(ctx context.Context, check Check) error {
	ended := make(chan error, 1)
	go func() { ended <- check(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"
)

// Check tells whether something that the program needs is there; nil means yes.
type Check func(context.Context) error

// checkWithin is how long one check may take.
const checkWithin = 2 * time.Second

// Ops serves what operators and their machines look at:
//
//	/live     200 while the process can answer at all
//	/ready    200 when every check passes, otherwise 503
//	/health   the same, with the outcome of each check as JSON
//	/metrics  for Prometheus
//	/debug/pprof/
//
// The checks are those of the moment. It is to listen where the public cannot reach it. What is wrong goes to the
// log, not into the answer.
func (t *Telemetry) Ops(checks func() map[string]Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /live", func(w http.ResponseWriter, _ *http.Request) {
		answerHealth(w, true, nil)
	})
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		_, ok := t.runChecks(r.Context(), checks())
		answerHealth(w, ok, nil)
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		outcomes, ok := t.runChecks(r.Context(), checks())
		answerHealth(w, ok, outcomes)
	})
	mux.Handle("GET /metrics", t.metrics.handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func answerHealth(w http.ResponseWriter, ok bool, checks map[string]string) {
	status, word := http.StatusOK, "ok"
	if !ok {
		status, word = http.StatusServiceUnavailable, "unavailable"
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // who asked has gone if this fails
		Status string            `json:"status"`
		Checks map[string]string `json:"checks,omitempty"`
	}{word, checks})
}

// runChecks runs all checks side by side.
func (t *Telemetry) runChecks(ctx context.Context, checks map[string]Check) (map[string]string, bool) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	var (
		mu       sync.Mutex
		ok       = true
		outcomes = make(map[string]string, len(checks))
		running  sync.WaitGroup
	)
	for name, check := range checks {
		running.Go(func() {
			err := inTime(ctx, check)
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

// inTime gives a check up that does not end with its context.
func inTime(ctx context.Context, check Check) error {
	ended := make(chan error, 1)
	go func() { ended <- check(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

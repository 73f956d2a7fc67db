package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"example.com/portico/ports"
)

// AccessLog writes one line a request. It goes around everything else and
// reads the correlation id off the response, where X-Request-ID says it.
// Neither headers nor the query are logged: they may carry secrets.
func (t *Telemetry) AccessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &seenResponse{ResponseWriter: w, status: http.StatusOK}
		brokenOff := true
		defer func() {
			took := time.Since(start)
			t.metrics.requests.WithLabelValues(route(r), strconv.Itoa(seen.status)).Observe(took.Seconds())
			ctx := ports.WithCorrelationID(r.Context(), w.Header().Get("X-Request-ID"))
			line := t.entry(ctx).WithFields(map[string]any{
				"route": route(r), "path": r.URL.Path, "status": seen.status,
				"bytes": seen.bytes, "seconds": took.Seconds(), "remote": r.RemoteAddr,
			})
			if brokenOff { // by a panic: the client sees the connection end
				line = line.WithField("brokenOff", true)
			}
			line.Info("request")
		}()
		next.ServeHTTP(seen, r)
		brokenOff = false
	})
}

// route is the pattern that a router has noted, such as "GET /shows/{id}". What
// a client makes up stays out of the metrics' labels.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// seenResponse notes the status and the size of what passes through.
type seenResponse struct {
	http.ResponseWriter
	status int
	bytes  int64
	begun  bool
}

func (w *seenResponse) WriteHeader(status int) {
	if !w.begun && status >= 200 {
		w.begun, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *seenResponse) Write(p []byte) (int, error) {
	w.begun = true
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *seenResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

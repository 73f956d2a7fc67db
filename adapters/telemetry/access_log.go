package telemetry

import (
	"cmp"
	"context"
	"strconv"

	"example.com/portico/ports/platform"
)

// ObserveRequest counts a request and logs it. Neither headers nor the query are
// logged: they may contain secrets.
func (t *Telemetry) ObserveRequest(ctx context.Context, r platform.HandledRequest) {
	route := cmp.Or(r.Route, "none") // never the path: the number of paths is unbounded
	t.metrics.requests.WithLabelValues(route, strconv.Itoa(r.Status)).Observe(r.Duration.Seconds())
	line := t.entry(ctx).WithFields(map[string]any{
		"route": route, "path": r.Path, "status": r.Status,
		"bytes": r.Bytes, "seconds": r.Duration.Seconds(), "remote": r.RemoteAddr,
	})
	if r.Aborted {
		line = line.WithField("brokenOff", true)
	}
	line.Info("request")
}

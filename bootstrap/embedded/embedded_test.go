package embedded

import (
	"io"
	"testing"

	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap/config"
	"example.com/portico/tests/testkit"
)

// TestTheProfileProvidesEveryPort relies on boxoffice.New, which refuses a nil port or
// use case.
func TestTheProfileProvidesEveryPort(t *testing.T) {
	c, err := config.Load([]string{"PORTICO_DATA_DIR=" + t.TempDir()}, "no-such-file", nil)
	testkit.Must(t, err)
	tel, err := telemetry.New(io.Discard, "info")
	testkit.Must(t, err)
	t.Cleanup(tel.Close)

	svc, cleanup, err := initialize(t.Context(), c, tel, system.Clock{}, disabledGateway, true)
	testkit.Must(t, err)
	t.Cleanup(cleanup)
	if svc.API == nil || svc.Worker == nil || svc.Introduce == nil || len(svc.Needs.API) == 0 || len(svc.Needs.Worker) == 0 {
		t.Errorf("got %+v, want an API, a worker, an introduction and what they need", svc)
	}
}

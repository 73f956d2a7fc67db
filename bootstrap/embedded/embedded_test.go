package embedded

import (
	"io"
	"os"
	"testing"

	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap/boxoffice"
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

func TestOperatorGateway(t *testing.T) {
	c := config.Config{}
	c.DataDir = t.TempDir()
	testkit.Must(t, os.WriteFile(simulatorURLFile(c), []byte("http://key@127.0.0.1:4711"), 0o600))

	testkit.WantEqual(t, "gateway while no worker runs", operatorGateway(c), disabledGateway)
	unlock, err := lockFile(workerLock(c))
	testkit.Must(t, err)
	testkit.WantEqual(t, "gateway while a worker runs", operatorGateway(c), boxoffice.GatewayURL("http://key@127.0.0.1:4711"))
	unlock()
	c.PaymentsURL = "https://payments.example"
	testkit.WantEqual(t, "gateway of the settings", operatorGateway(c), boxoffice.GatewayURL("https://payments.example"))
}

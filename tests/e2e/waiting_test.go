package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/integration/servers"
)

// TestProcessesWaitForServersAndSchema starts an API and a worker without a broker, a
// database or a schema, and then adds these one by one.
func TestProcessesWaitForServersAndSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := program.StartServers(t)
	schemaless := servers.Postgres(t)
	database, broker := servers.Proxy(t, schemaless), servers.Proxy(t, s.Broker)
	s.Database, s.Broker = database.URL, broker.URL
	database.Cut()
	broker.Cut()

	box := &boxOffice{program.Prepare(t, dir, s, append(s.Settings(), paymentsAt(simulatePayments(t, dir)))...)}
	serving, working := servers.FreeAddress(t), servers.FreeAddress(t)
	api := box.Launch([]string{"serve"}, "PORTICO_OPS_ADDR="+serving)
	worker := box.Launch([]string{"worker"}, "PORTICO_OPS_ADDR="+working)
	wantOutput := func(p *harness.Process, text string) {
		t.Helper()
		harness.Eventually(t, time.Minute, "a process prints "+text, func() bool { return p.Output.Contains(text) })
	}
	// wantReady checks /ready, /live and portico health for both processes.
	wantReady := func(want bool) {
		t.Helper()
		status, code := http.StatusServiceUnavailable, 1
		if want {
			status, code = http.StatusOK, 0
		}
		for _, ops := range []string{serving, working} {
			harness.Eventually(t, time.Minute, ops+" answers on /ready with "+http.StatusText(status), func() bool { return harness.Probe("http://"+ops+"/ready") == status })
			if live := harness.Probe("http://" + ops + "/live"); live != http.StatusOK {
				t.Errorf("/live answers %d, want 200", live)
			}
			harness.Eventually(t, time.Minute, fmt.Sprintf("portico health exits with %d", code), func() bool {
				health := box.Command("health")
				health.Env = append(health.Env, "PORTICO_OPS_ADDR="+ops)
				_ = health.Run() // only its exit code matters
				return health.ProcessState.ExitCode() == code
			})
		}
	}

	wantOutput(api, `"for":"database"`)
	wantOutput(worker, `"for":"broker"`)
	wantReady(false)

	broker.Restore()
	wantOutput(worker, `"for":"database"`)
	database.Restore()
	wantOutput(api, "portico migrate up")
	wantOutput(worker, "portico migrate up")
	wantReady(false)

	if missing := strings.Count(box.Run("migrate", "status"), "missing"); missing == 0 {
		t.Errorf("portico migrate status lists %d missing migrations, want some", missing)
	}
	var migrating sync.WaitGroup
	for range 2 { // concurrently
		migrating.Go(func() { box.Run("migrate", "up") })
	}
	migrating.Wait()
	if status := box.Run("migrate", "status"); strings.Contains(status, "missing") {
		t.Errorf("portico migrate status after portico migrate up, want none missing:\n%s", status)
	}
	wantReady(true)
	box.AwaitListening(api)
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_ok")
	ada.becomes(b.ID, client.BookingStatusConfirmed)

	box.Run("migrate", "down")
	if missing := strings.Count(box.Run("migrate", "status"), "missing"); missing != 1 {
		t.Errorf("%d migrations are missing after portico migrate down, want 1", missing)
	}
	wantReady(false)
	box.Run("migrate", "up")
	wantReady(true)
}

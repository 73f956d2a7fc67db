package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/integration/servers"
)

// TestProcessesWaitForWhatTheyNeed starts an API and a worker before everything
// that they need, and brings one thing after another: servers, then the schema.
func TestProcessesWaitForWhatTheyNeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := startOthers(t, dir)
	schemaless := servers.Postgres(t)
	database, broker := servers.Proxy(t, schemaless), servers.Proxy(t, o.broker)
	o.database, o.broker = database.URL, broker.URL
	o.payments = simulate(t, filepath.Join(dir, ledger))
	database.Cut()
	broker.Cut()

	box := prepare(t, dir, o, o.settings()...)
	serving, working := servers.FreeAddress(t), servers.FreeAddress(t)
	api := box.launch([]string{"serve"}, "PORTICO_OPS_ADDR="+serving)
	worker := box.launch([]string{"worker"}, "PORTICO_OPS_ADDR="+working)
	saying := func(p *process, text string) {
		t.Helper()
		eventually(t, time.Minute, "a process says "+text, func() bool { return strings.Contains(p.output.String(), text) })
	}
	// ready is what both processes tell a probe, and portico health a container.
	ready := func(want bool) {
		t.Helper()
		status, code := http.StatusServiceUnavailable, 1
		if want {
			status, code = http.StatusOK, 0
		}
		for _, ops := range []string{serving, working} {
			eventually(t, time.Minute, ops+" answers on /ready with "+http.StatusText(status), func() bool { return probe(t, ops, "/ready") == status })
			if live := probe(t, ops, "/live"); live != http.StatusOK {
				t.Errorf("/live answers %d", live)
			}
			eventually(t, time.Minute, fmt.Sprintf("portico health exits with %d", code), func() bool {
				health := box.command("health")
				health.Env = append(health.Env, "PORTICO_OPS_ADDR="+ops)
				_ = health.Run() // its exit code is what is looked at
				return health.ProcessState.ExitCode() == code
			})
		}
	}

	saying(api, `"for":"database"`)
	saying(worker, `"for":"broker"`)
	ready(false)

	broker.Restore()
	saying(worker, `"for":"database"`)
	database.Restore()
	saying(api, "portico migrate up")
	saying(worker, "portico migrate up")
	ready(false)

	if missing := strings.Count(box.prints("migrate", "status"), "missing"); missing == 0 {
		t.Error("portico migrate status tells of no migration that is missing")
	}
	var migrating sync.WaitGroup
	for range 2 { // at once
		migrating.Go(func() { box.prints("migrate", "up") })
	}
	migrating.Wait()
	if status := box.prints("migrate", "status"); strings.Contains(status, "missing") {
		t.Errorf("after portico migrate up:\n%s", status)
	}
	ready(true)
	box.url = (<-api.output.listening).api
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_ok")
	ada.becomes(b.ID, client.BookingStatusConfirmed)

	box.prints("migrate", "down")
	if missing := strings.Count(box.prints("migrate", "status"), "missing"); missing != 1 {
		t.Errorf("%d migrations are missing after portico migrate down, want 1", missing)
	}
	ready(false)
	box.prints("migrate", "up")
	ready(true)
}

// prints runs a command that has to succeed and returns what it printed.
func (b *boxOffice) prints(args ...string) string {
	b.t.Helper()
	printed, err := b.command(args...).CombinedOutput()
	if err != nil {
		b.t.Errorf("portico %s: %v:\n%s", strings.Join(args, " "), err, printed)
	}
	return string(printed)
}

// probe asks a page for operators; 0 is no answer.
func probe(t *testing.T, ops, page string) int {
	t.Helper()
	response, err := httpClient.Get("http://" + ops + page)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

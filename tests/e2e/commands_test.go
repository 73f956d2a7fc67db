package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/portico/api/client"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// patiently gives what takes a moment several, on a busy machine.
const patiently = "sleep() { command sleep 5; }\n"

func TestRunPrintsATourThatWorksWhenPasted(t *testing.T) {
	t.Parallel()
	box := open(t)
	_, tour, found := strings.Cut(box.output.String(), "\nAPI=")
	eventually(t, 10*time.Second, "the tour is printed whole", func() bool {
		_, tour, found = strings.Cut(box.output.String(), "\nAPI=")
		return found && strings.Contains(tour, "All bookings")
	})
	var script strings.Builder
	script.WriteString(patiently + "API=")
	for _, line := range lines(tour) {
		if !strings.HasPrefix(line, "{") { // the log, which a terminal shows as well
			script.WriteString(line + "\n")
		}
	}
	shell := exec.Command("bash", "-eu", "-c", script.String())
	shell.Dir = t.TempDir()
	printed, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	for _, want := range []string{`"status":"paying"`, `"status":"confirmed"`, "tickets.pdf", `"admittedAt"`, "/problems/already-admitted", `"customerId":"customer"`} {
		if !bytes.Contains(printed, []byte(want)) {
			t.Errorf("%s is not in what the tour printed:\n%s", want, printed)
		}
	}
}

func TestTheReadmesFirstBookingWorks(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(readme), "```sh\n")
	script, _, found := strings.Cut(script, "```")
	if !found {
		t.Fatal("README.md has no shell block")
	}
	box := open(t)
	script = strings.NewReplacer("make build", "", "http://localhost:8080", box.url, "bin/portico", binary).Replace(script)
	shell := exec.Command("bash", "-eu", "-c", patiently+script)
	shell.Dir, shell.Env = t.TempDir(), box.env
	printed, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	for _, want := range []string{`"status":"on_sale"`, `"status":"free"`, `"status":"paying"`, `"status":"confirmed"`, `"admittedAt"`, "/problems/already-admitted"} {
		if !bytes.Contains(printed, []byte(want)) {
			t.Errorf("%s is not in what it printed:\n%s", want, printed)
		}
	}
}

func TestTheDemoShowHasAbout1200SeatsInThreeTiers(t *testing.T) {
	t.Parallel()
	box := open(t)
	var shows []client.Show
	eventually(t, 10*time.Second, "the demo show", func() bool {
		shows = into[client.ShowPage](box.anybody().call("GET", "/api/v1/shows", nil).want(200)).Items
		return len(shows) == 1
	})
	if shows[0].SeatCount != 1200 || len(shows[0].Tiers) != 3 || shows[0].Status != client.ShowStatusOnSale {
		t.Errorf("%d seats in %d tiers, %s", shows[0].SeatCount, len(shows[0].Tiers), shows[0].Status)
	}
	box.kill()
	box.start()
	if again := into[client.ShowPage](box.anybody().call("GET", "/api/v1/shows", nil).want(200)).Items; len(again) != 1 {
		t.Errorf("%d shows after a second start, want 1", len(again))
	}
}

func TestCtrlCLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	box := open(t)
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_slow")

	if code := box.interrupt(); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, box.output)
	}
	box.start()
	ada.becomes(b.ID, client.BookingStatusConfirmed)
	if n, _ := box.standing(b.ID); n != 1 {
		t.Errorf("%d charges stand, want 1", n)
	}
}

func TestASecondCtrlCEndsAtOnce(t *testing.T) {
	t.Parallel()
	box := open(t, "PORTICO_SHUTDOWN_GRACE=1h")
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	ada.pay(ada.hold(show.ID, "A-1").ID, "tok_timeout")
	eventually(t, 10*time.Second, "the charge is under way", func() bool {
		for _, b := range box.bookings(show.ID) {
			if len(box.books()[b.ID]) > 0 {
				return true
			}
		}
		return false
	})
	for range 2 {
		if err := box.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "the signal has arrived", func() bool {
			return strings.Contains(box.output.String(), `"stopping"`)
		})
	}
	select {
	case <-box.exited:
	case <-time.After(40 * time.Second):
		t.Fatal("it goes on")
	}
	if code := box.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestTokenPrintsATokenAndNothingElse(t *testing.T) {
	t.Parallel()
	box := open(t)
	for _, args := range [][]string{
		{"token", "--role", "customer"},
		{"token", "--role", "organiser", "--org", "globe"},
		{"token", "--role", "door", "--org", "globe", "--subject", "dora"},
	} {
		printed, err := box.command(args...).Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		if !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+\n$`).Match(printed) {
			t.Fatalf("%v printed %q", args, printed)
		}
		c := &caller{box: box, token: strings.TrimSpace(string(printed))}
		c.call("GET", "/api/v1/shows", nil).want(200)
	}
}

func TestCommandsSayWhatToDo(t *testing.T) {
	t.Parallel()
	box := open(t)
	box.kill()

	t.Run("every command's help has an example", func(t *testing.T) {
		help, err := box.command("--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"run", "serve", "worker", "migrate", "token", "deadletters", "paysim", "config", "health", "version"} {
			if !strings.Contains(string(help), command) {
				t.Errorf("the help does not name %s", command)
			}
			own, err := box.command(command, "--help").Output()
			if err != nil {
				t.Errorf("%s --help: %v", command, err)
			}
			if _, examples, found := strings.Cut(string(own), "Examples:"); !found || !strings.Contains(examples, "portico "+command) {
				t.Errorf("%s --help has no example:\n%s", command, own)
			}
		}
	})
	refusals := []struct {
		name string
		env  string
		args []string
		code int
		says []string
	}{
		{"an unknown command", "", []string{"fly"}, 2, []string{"fly", "portico --help"}},
		{"an unknown role", "", []string{"token", "--role", "king"}, 2, []string{"king", "customer"}},
		{"staff without an organisation", "", []string{"token", "--role", "door"}, 1, []string{"--org"}},
		{"a setting that is none", "PORTICO_HOLDFOR=5m", []string{"config"}, 1, []string{"PORTICO_HOLDFOR"}},
		{"several bad settings at once", "PORTICO_HOLD_FOR=soon PORTICO_LOG_LEVEL=loud PORTICO_HTTP_ADDR=here", []string{"run"}, 1,
			[]string{"PORTICO_HOLD_FOR", "PORTICO_LOG_LEVEL", "PORTICO_HTTP_ADDR"}},
		{"health of nothing", "PORTICO_OPS_ADDR=127.0.0.1:1", []string{"health"}, 1, []string{"127.0.0.1:1", "running"}},
		{"a dead letter that is not there", "", []string{"deadletters", "show", "nothing"}, 1, []string{"nothing", "not found"}},
		{"replaying neither one nor all", "", []string{"deadletters", "replay"}, 1, []string{"--all"}},
	}
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			c := box.command(r.args...)
			c.Env = append(c.Env, strings.Fields(r.env)...)
			var stderr bytes.Buffer
			c.Stderr = &stderr
			stdout, _ := c.Output() // the exit code is looked at below
			if got := c.ProcessState.ExitCode(); got != r.code {
				t.Errorf("exit code %d, want %d", got, r.code)
			}
			if len(stdout) != 0 {
				t.Errorf("printed on stdout: %s", stdout)
			}
			for _, want := range r.says {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("does not say %q:\n%s", want, stderr.String())
				}
			}
		})
	}
	t.Run("an address that is in use", func(t *testing.T) {
		box.start()
		c := box.command("serve")
		c.Env = append(c.Env, "PORTICO_HTTP_ADDR="+strings.TrimPrefix(box.url, "http://"))
		printed, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(printed), "PORTICO_HTTP_ADDR") {
			t.Errorf("%v: %s", err, printed)
		}
	})
	t.Run("a data folder that is in use", func(t *testing.T) {
		printed, err := box.command("run").CombinedOutput()
		if err == nil || !strings.Contains(string(printed), "PORTICO_DATA_DIR") {
			t.Errorf("%v: %s", err, printed)
		}
	})
}

func TestConfigShowsSettingsWithoutSecrets(t *testing.T) {
	t.Parallel()
	box := open(t)
	c := box.command("config")
	c.Env = append(c.Env, "PORTICO_PAYMENTS_URL=https://shop:s3cret@payments.example", "PORTICO_HOLD_FOR=7m")
	printed, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(printed), "s3cret") {
		t.Errorf("the password is shown:\n%s", printed)
	}
	for _, want := range []string{"PORTICO_PAYMENTS_URL=https://shop:xxxxx@payments.example", "PORTICO_HOLD_FOR=7m0s", "PORTICO_PROFILE=embedded"} {
		if !strings.Contains(string(printed), want+"\n") {
			t.Errorf("%s is missing:\n%s", want, printed)
		}
	}
}

// TestServeAndWorkerShareADataFolder takes the parts apart: one process accepts,
// the other carries out.
func TestServeAndWorkerShareADataFolder(t *testing.T) {
	t.Parallel()
	box := open(t)
	show := box.organiser().openedShow(newShow())
	box.kill()
	box.startAs("serve")
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_ok")

	worker := box.command("worker")
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = worker.Process.Kill()
		_ = worker.Wait() // it was killed
	})
	ada.becomes(b.ID, client.BookingStatusConfirmed)
	if len(ada.tickets(b.ID)) != 1 {
		t.Error("no ticket")
	}
}

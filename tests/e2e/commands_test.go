package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// sleepLonger makes each sleep of a script long enough for a busy machine.
const sleepLonger = "sleep() { command sleep 5; }\n"

// anyToken matches what looks like a JSON Web Token.
var anyToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

func TestRunPrintsATourThatWorksInAShell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		address  string
		terminal bool
		tokens   bool
		warns    bool
	}{
		{"with tokens on a terminal", "127.0.0.1:0", true, true, false},
		{"without tokens in a file", "127.0.0.1:0", false, false, false},
		{"without tokens if other machines reach the API", ":0", true, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			box := program.Prepare(t, folder, harness.Folder(folder), "PORTICO_HTTP_ADDR="+test.address)
			printed := runTo(t, box, test.terminal)
			var tour string
			harness.Eventually(t, 30*time.Second, "the whole tour is printed", func() bool {
				_, tour, _ = strings.Cut(printed(), "\nAPI=")
				return strings.Contains(tour, `Bearer $ORGANISER"; echo`)
			})
			if found := anyToken.FindAllString(printed(), -1); (len(found) > 0) != test.tokens {
				t.Errorf("printed the tokens %q, want some: %t", found, test.tokens)
			}
			if warns := strings.Contains(printed(), `"level":"warning","message":"the embedded profile listens`); warns != test.warns {
				t.Errorf("warns about the address: %t, want %t:\n%s", warns, test.warns, printed())
			}

			var script strings.Builder
			script.WriteString(sleepLonger + `portico() { "` + box.Binary() + `" "$@"; }` + "\nAPI=")
			for line := range strings.Lines(tour) {
				if !strings.HasPrefix(line, "{") { // skip the log lines
					script.WriteString(line)
				}
			}
			shell := exec.Command("bash", "-eu", "-c", script.String())
			shell.Dir, shell.Env = t.TempDir(), box.Env
			output, err := shell.CombinedOutput()
			if err != nil {
				t.Fatalf("%v:\n%s", err, output)
			}
			for _, want := range []string{`"status":"paying"`, `"status":"confirmed"`, "tickets.pdf", `"admittedAt"`, "/problems/already-admitted", `"customerId":"customer"`} {
				if !bytes.Contains(output, []byte(want)) {
					t.Errorf("the tour did not print %s:\n%s", want, output)
				}
			}
			if found := anyToken.FindString(printed()); !test.tokens && found != "" {
				t.Errorf("printed the token %s, want none", found)
			}
		})
	}
}

// runTo starts portico run with a terminal or a file as stdout. The function printed
// returns the output so far, including the log.
func runTo(t *testing.T, app *harness.App, terminal bool) (printed func() string) {
	t.Helper()
	c := app.Command("run")
	if terminal {
		return app.LaunchOnTerminal(c).Output.String
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c.Stdout = file
	p := app.LaunchCommand(c)
	return func() string {
		stdout, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return p.Output.String() + string(stdout)
	}
}

func TestTheFirstBookingInTheReadmeWorks(t *testing.T) {
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
	box := openEmbedded(t)
	script = strings.NewReplacer("make build", "", "http://localhost:8080", box.URL, "bin/portico", box.Binary()).Replace(script)
	shell := exec.Command("bash", "-eu", "-c", sleepLonger+script)
	shell.Dir, shell.Env = t.TempDir(), box.Env
	printed, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	for _, want := range []string{`"status":"on_sale"`, `"status":"free"`, `"status":"paying"`, `"status":"confirmed"`, `"admittedAt"`, "/problems/already-admitted"} {
		if !bytes.Contains(printed, []byte(want)) {
			t.Errorf("the script did not print %s:\n%s", want, printed)
		}
	}
}

func TestTheDemoShowHas1200SeatsInThreeTiers(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	var shows []client.ShowSummary
	harness.Eventually(t, 10*time.Second, "the demo show", func() bool {
		shows = harness.Decode[client.ShowPage](box.anonymous().Call("GET", "/api/v1/shows", nil).Want(200)).Items
		return len(shows) == 1
	})
	show := harness.Decode[client.Show](box.anonymous().Call("GET", "/api/v1/shows/"+shows[0].ID, nil).Want(200))
	if shows[0].SeatCount != 1200 || len(show.Tiers) != 3 || show.Status != client.ShowStatusOnSale {
		t.Errorf("%d seats in %d tiers, %s; want 1200 in 3, on_sale", shows[0].SeatCount, len(show.Tiers), show.Status)
	}
	box.Kill()
	box.Start()
	if again := harness.Decode[client.ShowPage](box.anonymous().Call("GET", "/api/v1/shows", nil).Want(200)).Items; len(again) != 1 {
		t.Errorf("%d shows after a second start, want 1", len(again))
	}
}

func TestCtrlCLosesNoPayment(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_slow")

	if code := box.Interrupt(t); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, box.Output)
	}
	box.Start()
	ada.becomes(b.ID, client.BookingStatusConfirmed)
	if n, _ := box.charges(b.ID); n != 1 {
		t.Errorf("%d charges were not refunded, want 1", n)
	}
}

func TestASecondCtrlCEndsTheProgramAtOnce(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t, "PORTICO_SHUTDOWN_GRACE=1h")
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	ada.pay(ada.hold(show.ID, "A-1").ID, "tok_timeout")
	harness.Eventually(t, 10*time.Second, "the charge is in flight", func() bool {
		for _, b := range box.organiser().bookings(show.ID) {
			if len(box.ledger()[b.ID]) > 0 {
				return true
			}
		}
		return false
	})
	for range 2 {
		box.Signal(t, syscall.SIGINT)
		harness.Eventually(t, 10*time.Second, "the signal is handled", func() bool {
			return box.Output.Contains(`"stopping"`)
		})
	}
	if code := box.Wait(t); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestTokenPrintsATokenAndNothingElse(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	for _, args := range [][]string{
		{"token", "--role", "customer"},
		{"token", "--role", "organiser", "--org", "globe"},
		{"token", "--role", "door", "--org", "globe", "--subject", "dora"},
	} {
		printed, err := box.Command(args...).Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		if !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+\n$`).Match(printed) {
			t.Fatalf("%v printed %q, want a token alone", args, printed)
		}
		c := box.withToken(strings.TrimSpace(string(printed)))
		c.Call("GET", "/api/v1/shows", nil).Want(200)
	}
}

func TestCommandsSayWhatToDo(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	box.Kill()

	t.Run("a request for help", func(t *testing.T) {
		help, err := box.Command("--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"run", "serve", "worker", "migrate", "token", "deadletters", "payments", "audit", "paysim", "config", "health", "version"} {
			if !strings.Contains(string(help), command) {
				t.Errorf("the help does not name %s:\n%s", command, help)
			}
			own, err := box.Command(command, "--help").Output()
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
		{"a token for a hundred years", "", []string{"token", "--role", "customer", "--for", "876000h"}, 1, []string{"876000h0m0s", "at most 720h0m0s"}},
		{"an unknown setting", "PORTICO_HOLDFOR=5m", []string{"config"}, 1, []string{"PORTICO_HOLDFOR"}},
		{"several bad settings at once", "PORTICO_HOLD_FOR=soon PORTICO_LOG_LEVEL=loud PORTICO_HTTP_ADDR=here", []string{"run"}, 1,
			[]string{"PORTICO_HOLD_FOR", "PORTICO_LOG_LEVEL", "PORTICO_HTTP_ADDR"}},
		{"health without a running program", "PORTICO_OPS_ADDR=127.0.0.1:1", []string{"health"}, 1, []string{"127.0.0.1:1", "running"}},
		{"a dead letter that does not exist", "", []string{"deadletters", "show", "nothing"}, 1, []string{"nothing", "not found"}},
		{"ending a payment without a reason", "", []string{"payments", "confirm", "nothing"}, 2, []string{"--reason"}},
		{"a payment of an unknown booking", "", []string{"payments", "refund", "nothing", "--reason", "why"}, 1, []string{"nothing", "not found"}},
		{"replaying without an id or --all", "", []string{"deadletters", "replay"}, 1, []string{"--all"}},
	}
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			c := box.Command(r.args...)
			c.Env = append(c.Env, strings.Fields(r.env)...)
			var stderr bytes.Buffer
			c.Stderr = &stderr
			stdout, _ := c.Output() // the exit code is checked below
			if got := c.ProcessState.ExitCode(); got != r.code {
				t.Errorf("exit code %d, want %d", got, r.code)
			}
			if len(stdout) != 0 {
				t.Errorf("printed %q on stdout, want nothing", stdout)
			}
			for _, want := range r.says {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("did not print %q on stderr:\n%s", want, stderr.String())
				}
			}
		})
	}
	t.Run("an address in use", func(t *testing.T) {
		box.Start()
		c := box.Command("serve")
		c.Env = append(c.Env, "PORTICO_HTTP_ADDR="+strings.TrimPrefix(box.URL, "http://"))
		printed, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(printed), "PORTICO_HTTP_ADDR") {
			t.Errorf("error %v, output %s; want a failure that names PORTICO_HTTP_ADDR", err, printed)
		}
	})
	t.Run("a data folder in use", func(t *testing.T) {
		printed, err := box.Command("run").CombinedOutput()
		if err == nil || !strings.Contains(string(printed), "PORTICO_DATA_DIR") {
			t.Errorf("error %v, output %s; want a failure that names PORTICO_DATA_DIR", err, printed)
		}
	})
}

func TestConfigShowsSettingsWithoutSecrets(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	c := box.Command("config")
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
			t.Errorf("config did not print %s:\n%s", want, printed)
		}
	}
}

// TestServeAndWorkerShareADataFolder runs two processes: one accepts requests, the other
// handles the events.
func TestServeAndWorkerShareADataFolder(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t)
	show := box.organiser().openedShow(newShow())
	box.Kill()
	box.StartAs("serve")
	ada := box.customer("ada@example.com")
	b := ada.hold(show.ID, "A-1")
	ada.pay(b.ID, "tok_ok")

	worker := box.Command("worker")
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = worker.Process.Kill()
		_ = worker.Wait() // it was killed
	})
	ada.becomes(b.ID, client.BookingStatusConfirmed)
	if tickets := ada.tickets(b.ID); len(tickets) != 1 {
		t.Errorf("%d tickets, want 1", len(tickets))
	}
}

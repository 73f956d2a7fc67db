// Package e2e drives the built program from outside, as its users do: over
// HTTP, by its commands, and by killing it.
package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/system"
	"example.com/portico/domain/actor"
)

var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "portico-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "portico")
		build := exec.Command("go", slices.Concat([]string{"build"}, buildFlags, []string{"-o", binary, "example.com/portico/cmd/portico"})...)
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build portico:", err)
			return 1
		}
		return m.Run()
	}())
}

// boxOffice is a data folder and the process that runs on it.
type boxOffice struct {
	t       *testing.T
	dataDir string
	env     []string
	issuer  *oidc.Issuer
	url     string // of the API's root, without a slash at the end

	process *exec.Cmd
	exited  chan struct{}
	output  *output
}

// open starts the program on an empty data folder, with further settings as
// NAME=value.
func open(t *testing.T, settings ...string) *boxOffice {
	t.Helper()
	dir := t.TempDir()
	b := &boxOffice{t: t, dataDir: dir, env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"PORTICO_DATA_DIR=" + dir, "PORTICO_HTTP_ADDR=127.0.0.1:0", "PORTICO_OPS_ADDR=127.0.0.1:0",
	}, settings...)}
	b.start()
	t.Cleanup(func() {
		b.kill()
		if strings.Contains(b.output.String(), "WARNING: DATA RACE") {
			t.Error("the program has a data race")
		}
		if t.Failed() {
			t.Logf("what the program printed:\n%s", b.output)
		}
	})
	issuer, err := oidc.OpenIssuer(filepath.Join(dir, "issuer.pem"), oidc.Trust{
		Issuer: "portico", Audience: "portico", RolesClaim: "roles", OrganisationClaim: "org",
	}, system.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	b.issuer = issuer
	return b
}

// start runs API and worker and waits until they say where they listen.
func (b *boxOffice) start() {
	b.t.Helper()
	b.startAs("run")
}

func (b *boxOffice) startAs(command string) {
	b.t.Helper()
	listening := make(chan string, 1)
	b.output = &output{listening: listening}
	b.process = b.command(command)
	b.process.Stdout, b.process.Stderr = b.output, b.output
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.exited = make(chan struct{})
	go func(p *exec.Cmd, exited chan struct{}) {
		_ = p.Wait() // how it ended is in ProcessState
		close(exited)
	}(b.process, b.exited)
	select {
	case url := <-listening:
		if url != b.url { // callers may be reading it
			b.url = url
		}
	case <-b.exited:
		b.t.Fatalf("the program ended at its start:\n%s", b.output)
	case <-time.After(30 * time.Second):
		b.t.Fatalf("the program does not listen after 30 s:\n%s", b.output)
	}
}

// kill ends the process as a power cut would, as far as the process can tell.
func (b *boxOffice) kill() {
	_ = b.process.Process.Kill() // it may have ended already
	<-b.exited
}

// interrupt sends Ctrl-C and returns the exit code.
func (b *boxOffice) interrupt() int {
	b.t.Helper()
	if err := b.process.Process.Signal(syscall.SIGINT); err != nil {
		b.t.Fatal(err)
	}
	select {
	case <-b.exited:
	case <-time.After(40 * time.Second):
		b.t.Fatalf("the program does not end:\n%s", b.output)
	}
	return b.process.ProcessState.ExitCode()
}

// command makes a command of the program with the box office's settings.
func (b *boxOffice) command(args ...string) *exec.Cmd {
	c := exec.Command(binary, args...)
	c.Env, c.Dir = b.env, b.dataDir
	return c
}

// as makes a caller with a token of the issuer that the program trusts.
func (b *boxOffice) as(role actor.Role, subject string, org actor.Organisation) *caller {
	b.t.Helper()
	email := ""
	if strings.Contains(subject, "@") {
		email = subject
	}
	a, err := actor.New(actor.ID(subject), email, org, role)
	if err != nil {
		b.t.Fatal(err)
	}
	token, err := b.issuer.Issue(a, time.Hour)
	if err != nil {
		b.t.Fatal(err)
	}
	return &caller{box: b, token: token}
}

func (b *boxOffice) customer(subject string) *caller {
	b.t.Helper()
	return b.as(actor.RoleCustomer, subject, "")
}

func (b *boxOffice) organiser() *caller {
	b.t.Helper()
	return b.as(actor.RoleOrganiser, "olga", "globe")
}

func (b *boxOffice) door() *caller {
	b.t.Helper()
	return b.as(actor.RoleDoor, "dora", "globe")
}

func (b *boxOffice) anybody() *caller { return &caller{box: b} }

// charges is what the simulator's ledger says of a booking's charges, the last
// word on each, by key.
func (b *boxOffice) charges(bookingID string) map[string]payments.Entry {
	b.t.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.dataDir, "paysim.jsonl"))
	if err != nil {
		b.t.Fatal(err)
	}
	last := map[string]payments.Entry{}
	for _, e := range entries {
		if e.Reference == bookingID {
			last[e.Key] = e
		}
	}
	return last
}

// standing sums up the charges of a booking that were made and not paid back.
func (b *boxOffice) standing(bookingID string) (count int, sum int64) {
	b.t.Helper()
	for _, c := range b.charges(bookingID) {
		if c.Status == "charged" {
			count++
			sum += c.Amount
		}
	}
	return count, sum
}

// eventually waits until the condition holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", within, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// output keeps what the program prints and finds where it listens.
type output struct {
	mu        sync.Mutex
	text      strings.Builder
	listening chan<- string
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if o.listening == nil {
		return len(p), nil
	}
	lines := bufio.NewScanner(strings.NewReader(o.text.String()))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "Portico listens on "); ok {
			o.listening <- strings.Fields(rest)[0]
			o.listening = nil
			break
		}
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var _ io.Writer = (*output)(nil)

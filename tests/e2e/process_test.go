// Package e2e drives the built program from outside, as its users do: over
// HTTP, by its commands, and by killing it.
package e2e

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
)

var (
	builds string // a folder
	// binary is the program, with the race detector where the tests have it.
	binary string
	// released is the program without. It starts five times as fast, and leaves a
	// test under load more of the machine.
	released = sync.OnceValues(func() (string, error) { return build("released") })
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		builds, err = os.MkdirTemp("", "portico-e2e-")
		if err == nil {
			defer os.RemoveAll(builds)
			binary, err = build("tested", buildFlags...)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// build makes the program.
func build(name string, flags ...string) (program string, err error) {
	program = filepath.Join(builds, name, "portico")
	said, err := exec.Command("go", slices.Concat([]string{"build"}, flags, []string{"-o", program, "example.com/portico/cmd/portico"})...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build portico: %w: %s", err, said)
	}
	return program, nil
}

// asReleased makes the box office run the released program from now on.
func (b *boxOffice) asReleased() *boxOffice {
	b.t.Helper()
	program, err := released()
	if err != nil {
		b.t.Fatal(err)
	}
	b.program = program
	return b
}

// boxOffice is a data folder, what the program works with, and the process that
// runs on it.
type boxOffice struct {
	t       *testing.T
	dataDir string
	env     []string
	url     string   // of the API's root, without a slash at the end
	ops     string   // of the pages for operators
	roots   []string // of several processes, instead of url
	turn    atomic.Int32
	program string
	surroundings
	*process
}

// process is one of the program's.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	output *output
	shown  bool // what it printed: it ran to the end of the test
}

// start runs the program with settings as NAME=value.
func start(t *testing.T, dir string, with surroundings, settings ...string) *boxOffice {
	t.Helper()
	b := prepare(t, dir, with, settings...)
	b.start()
	return b
}

// prepare is start without a process.
func prepare(t *testing.T, dir string, with surroundings, settings ...string) *boxOffice {
	return &boxOffice{t: t, dataDir: dir, program: binary, surroundings: with, env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"PORTICO_DATA_DIR=" + dir, "PORTICO_HTTP_ADDR=127.0.0.1:0", "PORTICO_OPS_ADDR=127.0.0.1:0",
	}, settings...)}
}

// start runs API and worker and waits until they say where they listen.
func (b *boxOffice) start() {
	b.t.Helper()
	b.startAs("run")
}

func (b *boxOffice) startAs(command string) {
	b.t.Helper()
	b.process = b.launch([]string{command})
	select {
	case at := <-b.output.listening:
		if at.api != b.url { // callers may be reading it
			b.url = at.api
		}
		b.ops = at.ops
	case <-b.exited:
		b.t.Fatalf("the program ended at its start:\n%s", b.output)
	case <-time.After(30 * time.Second):
		b.t.Fatalf("the program does not listen after 30 s:\n%s", b.output)
	}
}

// launch starts a process of a command with its arguments, with further
// settings. When the test fails, what it printed is shown if it still runs.
func (b *boxOffice) launch(command []string, settings ...string) *process {
	b.t.Helper()
	p := &process{cmd: b.command(command...), exited: make(chan struct{}), output: &output{listening: make(chan addresses, 1)}}
	p.cmd.Env = append(p.cmd.Env, settings...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.exited)
	}()
	b.t.Cleanup(func() {
		select {
		case <-p.exited:
		default:
			p.shown = true
		}
		p.kill()
		if strings.Contains(p.output.String(), "WARNING: DATA RACE") {
			b.t.Error("the program has a data race")
		}
		if b.t.Failed() && p.shown {
			b.t.Logf("what %s printed at last:\n%s", command[0], p.output.tail())
		}
	})
	return p
}

// kill ends the process as a power cut would, as far as the process can tell.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.exited
}

// root is where to send the next request.
func (b *boxOffice) root() string {
	if len(b.roots) == 0 {
		return b.url
	}
	return b.roots[int(b.turn.Add(1))%len(b.roots)]
}

// interrupt sends Ctrl-C and returns the exit code.
func (b *boxOffice) interrupt() int {
	b.t.Helper()
	return b.endBy(b.t, syscall.SIGINT)
}

// endBy sends a signal, waits for the end and returns the exit code.
func (p *process) endBy(t *testing.T, signal os.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.exited:
	case <-time.After(40 * time.Second):
		t.Fatalf("the program does not end:\n%s", p.output)
	}
	return p.cmd.ProcessState.ExitCode()
}

// command makes a command of the program with the box office's settings.
func (b *boxOffice) command(args ...string) *exec.Cmd {
	c := exec.Command(b.program, args...)
	c.Env, c.Dir = b.env, b.dataDir
	return c
}

// as makes a caller with a token of the issuer that the program trusts.
func (b *boxOffice) as(role actor.Role, subject string, org actor.Organisation) *caller {
	b.t.Helper()
	return &caller{box: b, token: b.token(b.t, role, subject, org)}
}

func (b *boxOffice) customer(subject string) *caller {
	b.t.Helper()
	return b.as(role.Customer, subject, "")
}

func (b *boxOffice) organiser() *caller {
	b.t.Helper()
	return b.as(role.Organiser, "olga", "globe")
}

func (b *boxOffice) door() *caller {
	b.t.Helper()
	return b.as(role.Door, "dora", "globe")
}

func (b *boxOffice) anybody() *caller { return &caller{box: b} }

// ledger is the simulator's, in the data folder.
const ledger = "paysim.jsonl"

// books are the charges of each booking by key, the last word on each.
type books map[string]map[string]payments.Entry

// books are what the simulator's ledger says.
func (b *boxOffice) books() books {
	b.t.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.dataDir, ledger))
	if err != nil {
		b.t.Fatal(err)
	}
	all := books{}
	for _, e := range entries {
		if all[e.Reference] == nil {
			all[e.Reference] = map[string]payments.Entry{}
		}
		all[e.Reference][e.Key] = e
	}
	return all
}

// standing sums up the charges of a booking that were made and not paid back.
func (b books) standing(bookingID string) (count int, sum int64) {
	for _, c := range b[bookingID] {
		if c.Status == "charged" {
			count++
			sum += c.Amount
		}
	}
	return count, sum
}

// standing is that of the books as they are now.
func (b *boxOffice) standing(bookingID string) (count int, sum int64) {
	b.t.Helper()
	return b.books().standing(bookingID)
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
	told      bool
	listening chan addresses
}

// addresses are URLs without a slash at the end.
type addresses struct{ api, ops string }

// listens is what the program prints when it does.
var listens = regexp.MustCompile(`(?m)^Portico listens on (\S+) .* (http\S+)\)\.$`)

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if o.told {
		return len(p), nil
	}
	if found := listens.FindStringSubmatch(o.text.String()); found != nil {
		o.listening <- addresses{found[1], found[2]}
		o.told = true
	}
	return len(p), nil
}

// tail is the last 100 lines.
func (o *output) tail() string {
	all := strings.SplitAfter(o.String(), "\n")
	return strings.Join(all[max(0, len(all)-100):], "")
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var _ io.Writer = (*output)(nil)

package harness

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// App is one installation of the program: its settings, its data folder, the environment
// that it works in, and the process that was started last.
type App struct {
	Environment
	*Process
	T       *testing.T
	DataDir string
	Env     []string // of its processes
	URL     string   // the root of the API, without a trailing slash
	Roots   []string // the API roots of several processes, used in turn instead of URL
	Ops     string   // the root of the operators' pages

	program *Program
	binary  string
	next    atomic.Int32 // of Roots
}

// Process is one process of the program.
type Process struct {
	Output *Output
	Exited chan struct{} // closed when the process has ended

	cmd   *exec.Cmd
	shown bool // whether its output is shown when the test fails
}

// Start starts the program with the given settings, each as NAME=value.
func (p *Program) Start(t *testing.T, dir string, env Environment, settings ...string) *App {
	t.Helper()
	a := p.Prepare(t, dir, env, settings...)
	a.Start()
	return a
}

// Prepare is like Start, but starts no process. It makes dir private, which the program
// requires.
func (p *Program) Prepare(t *testing.T, dir string, env Environment, settings ...string) *App {
	t.Helper()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return &App{T: t, DataDir: dir, program: p, binary: p.tested, Environment: env, Env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"PORTICO_DATA_DIR=" + dir, "PORTICO_HTTP_ADDR=127.0.0.1:0", "PORTICO_OPS_ADDR=127.0.0.1:0",
	}, settings...)}
}

// UseReleaseBuild makes the app use a build without the race detector. This build starts
// five times as fast and uses less processor time.
func (a *App) UseReleaseBuild() {
	a.T.Helper()
	binary, err := a.program.released()
	if err != nil {
		a.T.Fatal(err)
	}
	a.binary = binary
}

// Binary returns the path of the program's binary.
func (a *App) Binary() string { return a.binary }

// Start starts the API and the worker in one process, and waits until the process prints
// its addresses.
func (a *App) Start() {
	a.T.Helper()
	a.StartAs("run")
}

// StartAs is like Start, with the given command instead of run.
func (a *App) StartAs(command string) {
	a.T.Helper()
	a.Process = a.Launch([]string{command})
	a.AwaitListening(a.Process)
}

// AwaitListening waits until a process prints its addresses. Further requests go to these
// addresses.
func (a *App) AwaitListening(p *Process) {
	a.T.Helper()
	select {
	case at := <-p.Output.listening:
		if at.api != a.URL { // clients may be reading URL, so an unchanged URL is not written
			a.URL = at.api
		}
		a.Ops = at.ops
	case <-p.Exited:
		a.T.Fatalf("the program ended at its start:\n%s", p.Output)
	case <-time.After(30 * time.Second):
		a.T.Fatalf("the program does not listen after 30 s:\n%s", p.Output)
	}
}

// Launch starts a command as a process, with additional settings. If the process still
// runs when a failed test ends, its last output is logged.
func (a *App) Launch(command []string, settings ...string) *Process {
	a.T.Helper()
	c := a.Command(command...)
	c.Env = append(c.Env, settings...)
	return a.LaunchCommand(c)
}

// LaunchCommand is like Launch, for an [exec.Cmd] that the test may have changed. If the
// command already has a stdout, Output receives only its stderr.
func (a *App) LaunchCommand(c *exec.Cmd) *Process {
	a.T.Helper()
	p := &Process{cmd: c, Exited: make(chan struct{}), Output: &Output{listening: make(chan addresses, 1)}}
	if c.Stdout == nil {
		c.Stdout = p.Output
	}
	c.Stderr = p.Output
	if err := p.cmd.Start(); err != nil {
		a.T.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState has the result
		close(p.Exited)
	}()
	a.T.Cleanup(func() {
		select {
		case <-p.Exited:
		default:
			p.shown = true
		}
		p.Kill()
		if strings.Contains(p.Output.String(), "WARNING: DATA RACE") {
			a.T.Error("the program has a data race")
		}
		if a.T.Failed() && p.shown {
			a.T.Logf("the last output of %s:\n%s", c, p.Output.Tail())
		}
	})
	return p
}

// LaunchOnTerminal is like LaunchCommand, with a terminal as stdout.
func (a *App) LaunchOnTerminal(c *exec.Cmd) *Process {
	a.T.Helper()
	reader, terminal, err := pty.Open()
	if err != nil {
		a.T.Fatal(err)
	}
	defer terminal.Close()
	c.Stdout = terminal
	p := a.LaunchCommand(c)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		_, _ = io.Copy(withoutReturns{p.Output}, reader) // ends with an error when the process ends
	}()
	a.T.Cleanup(func() {
		p.Kill()
		<-shown
		reader.Close()
	})
	return p
}

// withoutReturns removes the carriage returns that a terminal adds.
type withoutReturns struct{ io.Writer }

func (w withoutReturns) Write(p []byte) (int, error) {
	_, err := w.Writer.Write(bytes.ReplaceAll(p, []byte("\r"), nil))
	return len(p), err
}

// Command returns an [exec.Cmd] that runs the program with the app's settings.
func (a *App) Command(args ...string) *exec.Cmd {
	c := exec.Command(a.binary, args...)
	c.Env, c.Dir = a.Env, a.DataDir
	return c
}

// Run runs a command that must succeed, and returns what it prints on stdout.
func (a *App) Run(args ...string) string {
	a.T.Helper()
	var stderr bytes.Buffer
	c := a.Command(args...)
	c.Stderr = &stderr
	stdout, err := c.Output()
	if err != nil {
		a.T.Errorf("%s: %v:\n%s%s", strings.Join(args, " "), err, stdout, stderr.String())
	}
	return string(stdout)
}

// root returns the API's root URL for the next request.
func (a *App) root() string {
	if len(a.Roots) == 0 {
		return a.URL
	}
	return a.Roots[int(a.next.Add(1))%len(a.Roots)]
}

// Kill sends SIGKILL and waits until the process has ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.Exited
}

// Signal sends a signal, and fails the test if the process has ended.
func (p *Process) Signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Wait waits for the process to end, and returns the exit code.
func (p *Process) Wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.Exited:
	case <-time.After(40 * time.Second):
		t.Fatalf("the program still runs after 40 s:\n%s", p.Output)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Terminate sends SIGTERM, as an orchestrator does, and returns the exit code.
func (p *Process) Terminate(t *testing.T) int {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	return p.Wait(t)
}

// Interrupt sends SIGINT, as Ctrl-C does, and returns the exit code.
func (p *Process) Interrupt(t *testing.T) int {
	t.Helper()
	p.Signal(t, syscall.SIGINT)
	return p.Wait(t)
}

// Metric returns the sum of the metric's series that have all these labels.
func (a *App) Metric(name string, labels ...string) float64 {
	a.T.Helper()
	response, err := httpClient.Get(a.Ops + "/metrics")
	if err != nil {
		a.T.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		a.T.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(string(page)) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, _, _ := strings.Cut(series, "{"); n != name {
			continue
		}
		all := true
		for _, l := range labels {
			all = all && strings.Contains(series, l)
		}
		if v, err := strconv.ParseFloat(value, 64); all && err == nil {
			sum += v
		}
	}
	return sum
}

// Output keeps the output of a process and finds the addresses in it.
type Output struct {
	mu        sync.Mutex
	text      strings.Builder
	found     bool
	listening chan addresses
}

// addresses are URLs without a trailing slash.
type addresses struct{ api, ops string }

// listens matches the line in which the program prints its addresses.
var listens = regexp.MustCompile(`(?m)^\w+ listens on (\S+) .* (http\S+)\)\.$`)

// Write implements io.Writer for the process.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if o.found {
		return len(p), nil
	}
	if found := listens.FindStringSubmatch(o.text.String()); found != nil {
		o.listening <- addresses{found[1], found[2]}
		o.found = true
	}
	return len(p), nil
}

// Tail returns the last 100 lines.
func (o *Output) Tail() string {
	all := strings.SplitAfter(o.String(), "\n")
	return strings.Join(all[max(0, len(all)-100):], "")
}

// Lines returns all lines.
func (o *Output) Lines() []string { return strings.Split(strings.TrimSpace(o.String()), "\n") }

// Contains reports whether the text was printed.
func (o *Output) Contains(text string) bool { return strings.Contains(o.String(), text) }

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

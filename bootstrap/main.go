// Package bootstrap puts the program together: settings, the graph of parts
// that Wire makes, commands, start and stop. Only here does everything meet.
package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 and SIGINT, as shells count
)

// program is what a command gets to work with.
type program struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// settings reads the settings where the program was started.
func (p *program) settings() (Settings, error) { return LoadSettings(p.environ, ".env") }

// terminal tells whether a person reads stdout.
func (p *program) terminal() bool {
	f, ok := p.stdout.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Main runs one command and returns the exit code. The first interrupt asks it
// to finish, the second ends the process at once.
func Main(args, environ []string, stdout, stderr io.Writer) int {
	ctx, stop := interruptible()
	defer stop()
	return run(ctx, args, environ, stdout, stderr)
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var commands commands
	helped := false
	parser, err := kong.New(&commands,
		kong.Name("portico"),
		kong.Description("A ticket box office: shows, seats, payments, tickets.\n\nSettings come from environment variables; portico config shows them.\n\nExamples:\n\n  portico run\n\n  portico token --role customer\n\n  portico deadletters list"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&program{environ: environ, stdout: stdout, stderr: stderr}),
	)
	if err != nil {
		panic(err) // the commands' own struct tags are wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "portico: %v\nportico --help lists the commands.\n", err)
		return exitUsage
	}
	if err := chosen.Run(); err != nil {
		fmt.Fprintf(stderr, "portico: %s\n", strings.TrimSpace(err.Error()))
		return exitFailed
	}
	return exitOK
}

// interruptible ends the context at the first interrupt or termination, and the
// process at the second.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(errors.New("interrupted"))
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { cancel(nil) }
}

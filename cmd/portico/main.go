// Command portico is the box office: its API, its worker, and tools for its operators.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // small containers have no time zone files

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as in shells
)

type commands struct {
	Run         runCommand         `cmd:"" help:"Run the API and the worker in one process."`
	Serve       serveCommand       `cmd:"" help:"Run the API alone."`
	Worker      workerCommand      `cmd:"" help:"Run the relay, the reactions and the jobs alone."`
	Migrate     migrateCommand     `cmd:"" help:"Migrate the database schema up or down."`
	Token       tokenCommand       `cmd:"" help:"Print a development token."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" help:"List, show, replay or discard events that could not be handled."`
	Payments    paymentsCommand    `cmd:"" help:"List, show, confirm or refund payments whose outcome is overdue."`
	Audit       auditCommand       `cmd:"" help:"List what operators did, and why."`
	Paysim      paysimCommand      `cmd:"" help:"Run the payment simulator as a process of its own."`
	Config      configCommand      `cmd:"" help:"Print the settings in force, with secrets masked."`
	Health      healthCommand      `cmd:"" help:"Ask a running process whether it is ready."`
	Version     versionCommand     `cmd:"" help:"Print version, commit and Go version."`
}

func main() {
	syscall.Umask(0o077) // only the user of the program can read the files that it creates
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
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
		panic(err) // a tag of the commands is wrong
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

// interruptible returns a context that the first SIGINT or SIGTERM cancels. The second
// signal ends the process at once.
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

// Package cli has the commands that every service has. The program of a service adds its
// own commands to them.
package cli

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

	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/ports/platform"
)

// Service describes the program of a service.
type Service struct {
	// Command is the name of the program, and Title the name of the service.
	Command, Title string
	// Description is the first paragraph of the help, and Examples are command lines for it.
	Description string
	Examples    []string
	// Version and Commit may be empty.
	Version, Commit string
	// MemoryLimit is the default of GOMEMLIMIT in the embedded profile, in bytes.
	MemoryLimit int64
	// Load reads the settings from an environment such as [os.Environ].
	Load func(environ []string) (Profile, error)
}

// Profile is a service in the profile that its settings name.
type Profile interface {
	// Shared returns the settings that every service has.
	Shared() settings.Settings
	// Lines returns all settings as NAME=value, with secrets masked.
	Lines() []string
	// Build assembles the service. The parameter terminal reports whether the output is a
	// terminal.
	Build(components bootstrap.Components, terminal bool) bootstrap.Build
	OpenSchema(context.Context) (Schema, error)
	OpenDeadLetters(context.Context) (_ platform.DeadLetters, closeThem func() error, err error)
	OpenAuditLog(context.Context) (_ platform.AuditLog, closeIt func() error, err error)
}

// Schema is the schema of an open database.
type Schema interface {
	platform.Schema
	io.Closer
}

// Commands are the commands that every service has. The program of a service embeds them
// in a struct that kong parses.
type Commands struct {
	Run         runCommand         `cmd:"" help:"Run the API and the worker in one process."`
	Serve       serveCommand       `cmd:"" help:"Run the API alone."`
	Worker      workerCommand      `cmd:"" help:"Run the relay, the reactions and the jobs alone."`
	Migrate     migrateCommand     `cmd:"" help:"Migrate the database schema up or down."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" help:"List, show, replay or discard events that could not be handled."`
	Audit       auditCommand       `cmd:"" help:"List what operators did, and why."`
	Config      configCommand      `cmd:"" help:"Print the settings in force, with secrets masked."`
	Health      healthCommand      `cmd:"" help:"Ask a running process whether it is ready."`
	Version     versionCommand     `cmd:"" help:"Print version, commit and Go version."`
}

// Program is the environment of a command. Commands receive it as a parameter of their
// method Run.
type Program struct {
	Service
	Environ        []string
	Stdout, Stderr io.Writer
}

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as in shells
)

// Main runs the command that the arguments of the process name, and ends the process. The
// parameter commands is a pointer to a struct that embeds [Commands]. In the detailed help
// of a command, {program} stands for the name of the program.
func Main(service Service, commands any) {
	syscall.Umask(0o077) // only the user of the program can read the files that it creates
	ctx, stop := interruptible()
	p := &Program{Service: service, Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr}
	code := p.run(ctx, commands, os.Args[1:])
	stop()
	os.Exit(code)
}

func (p *Program) run(ctx context.Context, commands any, args []string) int {
	helped := false
	parser, err := kong.New(commands,
		kong.Name(p.Command),
		kong.Description(fmt.Sprintf("%s\n\nSettings come from environment variables; %s config shows them.\n\nExamples:\n\n  %s",
			p.Description, p.Command, strings.Join(p.Examples, "\n\n  "))),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { helped = true }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		panic(err) // a tag of the commands is wrong
	}
	nameProgram(parser.Model.Node, p.Command)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\n%[1]s --help lists the commands.\n", p.Command, err)
		return exitUsage
	}
	if err := chosen.Run(); err != nil {
		fmt.Fprintf(p.Stderr, "%s: %s\n", p.Command, strings.TrimSpace(err.Error()))
		return exitFailed
	}
	return exitOK
}

// nameProgram fills in the name of the program in the help of all commands.
func nameProgram(node *kong.Node, name string) {
	node.Detail = strings.ReplaceAll(node.Detail, "{program}", name)
	for _, child := range node.Children {
		nameProgram(child, name)
	}
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

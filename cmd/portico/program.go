package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"

	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/embedded"
	"example.com/portico/bootstrap/production"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// program is the environment of a command.
type program struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

func (p *program) config() (config.Config, error) {
	return config.Load(p.environ, ".env", production.UnverifiedHosts)
}

// terminal reports whether stdout is a terminal.
func (p *program) terminal() bool {
	f, ok := p.stdout.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// table returns a writer of lines with tab-separated fields. On a terminal, the fields are
// aligned below the headings. Call flush after the last line.
func (p *program) table(headings ...string) (out io.Writer, flush func() error) {
	if !p.terminal() {
		return p.stdout, func() error { return nil }
	}
	table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(headings, "\t"))
	return table, table.Flush
}

// memoryLimit is the default of GOMEMLIMIT in the embedded profile, in bytes. The largest
// seat maps allocate blocks of 8 MiB and more. Without a limit, the garbage collector
// would leave many of them unused before it runs. The production profile has no default,
// because a process may need more memory for its connections.
const memoryLimit = 64 << 20

func (p *program) serve(ctx context.Context, components bootstrap.Components) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	process := bootstrap.Process{
		Components: components, Name: "Portico", Version: version, Profile: c.Profile,
		HTTPAddr: c.HTTPAddr, OpsAddr: c.OpsAddr, Profiles: c.Pprof, LogLevel: c.LogLevel,
		ShutdownGrace: c.ShutdownGrace, WriteTimeout: settings.WriteTimeout, MaxConnections: c.MaxConnections, TrustedProxies: c.TrustedProxies,
		Stdout: p.stdout, Stderr: p.stderr,
	}
	if c.Profile == settings.Production {
		return process.Run(ctx, production.Build(c))
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	return process.Run(ctx, embedded.Build(c, components, p.terminal()))
}

type schema interface {
	platform.Schema
	io.Closer
}

func openSchema(ctx context.Context, c config.Config) (schema, error) {
	if c.Profile == settings.Production {
		return production.Schema(ctx, c)
	}
	return embedded.Schema(ctx, c)
}

func openDeadLetters(ctx context.Context, c config.Config) (platform.DeadLetters, func() error, error) {
	if c.Profile == settings.Production {
		return production.DeadLetters(ctx, c)
	}
	return embedded.DeadLetters(ctx, c)
}

func openOperators(ctx context.Context, c config.Config) (inbound.OperatorUseCases, platform.AuditLog, func() error, error) {
	if c.Profile == settings.Production {
		return production.Operators(ctx, c)
	}
	return embedded.Operators(ctx, c)
}

package main

import (
	"context"
	"io"
	"os"

	"github.com/mattn/go-isatty"

	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/embedded"
	"example.com/portico/bootstrap/production"
	"example.com/portico/bootstrap/settings"
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

func (p *program) serve(ctx context.Context, components bootstrap.Components) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	process := bootstrap.Process{
		Components: components, Name: "Portico", Version: version, Profile: c.Profile,
		HTTPAddr: c.HTTPAddr, OpsAddr: c.OpsAddr, Profiles: c.Pprof, LogLevel: c.LogLevel,
		ShutdownGrace: c.ShutdownGrace, WriteTimeout: settings.WriteTimeout, MaxConnections: c.MaxConnections,
		Stdout: p.stdout, Stderr: p.stderr,
	}
	if c.Profile == settings.Production {
		return process.Run(ctx, production.Build(c))
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

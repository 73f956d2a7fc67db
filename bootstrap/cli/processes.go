package cli

import (
	"context"
	"os"
	"runtime/debug"

	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/settings"
)

type runCommand struct{}

func (runCommand) Help() string {
	return `Needs nothing but a folder to write to. It prints commands to try, which contain tokens only if the output is a terminal and the API listens on a loopback address. Ctrl-C lets requests and handlers finish; a second one ends at once.

Examples:

  {program} run

  PORTICO_HTTP_ADDR=127.0.0.1:9090 PORTICO_DATA_DIR=/tmp/{program} {program} run`
}

func (runCommand) Run(ctx context.Context, p *Program) error {
	return p.serve(ctx, bootstrap.Components{API: true, Worker: true})
}

type serveCommand struct{}

func (serveCommand) Help() string {
	return `What it accepts is carried out by a worker process on the same data.

Examples:

  {program} migrate up && {program} serve`
}

func (serveCommand) Run(ctx context.Context, p *Program) error {
	return p.serve(ctx, bootstrap.Components{API: true})
}

type workerCommand struct{}

func (workerCommand) Help() string {
	return `Publishes the stored events, runs the reactions to them, and runs the jobs. In the embedded profile one worker runs on a data folder at a time.

Examples:

  PORTICO_OPS_ADDR=:8082 {program} worker`
}

func (workerCommand) Run(ctx context.Context, p *Program) error {
	return p.serve(ctx, bootstrap.Components{Worker: true})
}

func (p *Program) serve(ctx context.Context, components bootstrap.Components) error {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	s := profile.Shared()
	if s.Profile == settings.Embedded && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(p.MemoryLimit)
	}
	process := bootstrap.Process{
		Components: components, Name: p.Title, Version: p.Version, Profile: s.Profile,
		HTTPAddr: s.HTTPAddr, OpsAddr: s.OpsAddr, Profiles: s.Pprof, LogLevel: s.LogLevel,
		ShutdownGrace: s.ShutdownGrace, WriteTimeout: settings.WriteTimeout, MaxConnections: s.MaxConnections, TrustedProxies: s.TrustedProxies,
		Stdout: p.Stdout, Stderr: p.Stderr,
	}
	return process.Run(ctx, profile.Build(components, p.terminal()))
}

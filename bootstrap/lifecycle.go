// Package bootstrap runs a service: it serves the pages for operators from the start,
// waits for dependencies, runs the API and the worker, and finally drains them. Its
// subpackages build the service, with one injector for each profile.
package bootstrap

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker"
)

// Components are the parts of the service that a process runs.
type Components struct{ API, Worker bool }

// Service holds the parts that a profile builds.
type Service struct {
	API    http.Handler
	Worker *worker.Worker
	Needs  Needs
	// Introduce, unless nil, prints commands that a user can try. api is the URL of the
	// API.
	Introduce func(ctx context.Context, out io.Writer, api string) error
}

// Build assembles a service. The caller must call cleanup after the service has stopped.
type Build func(context.Context, *telemetry.Telemetry) (_ *Service, cleanup func(), err error)

// Process describes one process of a service.
type Process struct {
	Components
	// Name is printed at the start, and Version is logged.
	Name, Version     string
	Profile           string
	HTTPAddr, OpsAddr string
	Profiles          bool // whether OpsAddr serves /debug/pprof/
	LogLevel          string
	ShutdownGrace     time.Duration
	WriteTimeout      time.Duration
	MaxConnections    int // of the API
	TrustedProxies    []netip.Prefix
	Stdout, Stderr    io.Writer
}

// addressShare is the share of the API's connections that one address may have: a quarter.
const addressShare = 4

// maxOpsConnections limits the connections of the operators' port.
const maxOpsConnections = 64

// Run builds the service and runs its components until ctx ends, then drains them. The
// process is alive from the start, and ready while its dependencies are available.
func (p Process) Run(ctx context.Context, build Build) error {
	t, err := telemetry.New(p.Stderr, p.LogLevel)
	if err != nil {
		return err
	}
	defer t.Close()

	var ready gate
	ready.set(failing("start", "the process is starting"))
	ops, err := listen(ctx, "PORTICO_OPS_ADDR", p.OpsAddr)
	if err != nil {
		return err
	}
	stopOps := Background(func(ctx context.Context) error {
		return HTTPServer{
			Handler: t.OpsHandler(ready.checks, p.Profiles), WriteTimeout: p.WriteTimeout, Grace: time.Second,
			MaxConnections: maxOpsConnections, ErrorLog: t.HTTPErrorLog(),
		}.Serve(ctx, ops)
	})
	defer stopOps()
	p.OpsAddr = ops.Addr().String()

	svc, cleanup, err := build(ctx, t)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // stopped while it was starting
	case err != nil:
		return err
	}
	defer cleanup()
	needed := svc.Needs.of(p.Components)
	if waitForDependencies(ctx, needed, t) != nil {
		return nil // stopped while it was waiting
	}
	return p.serve(ctx, svc, needed, &ready, t)
}

func (p Process) serve(ctx context.Context, svc *Service, needed Checks, ready *gate, t *telemetry.Telemetry) error {
	running, runningCtx := errgroup.WithContext(ctx)
	limit := connectionLimit(p.MaxConnections)
	if p.API {
		api, err := listen(ctx, "PORTICO_HTTP_ADDR", p.HTTPAddr)
		if err != nil {
			return err
		}
		running.Go(func() error {
			return HTTPServer{
				Handler: svc.API, WriteTimeout: p.WriteTimeout, Grace: p.ShutdownGrace,
				MaxConnections: limit, MaxPerAddress: max(1, limit/addressShare), TrustedProxies: p.TrustedProxies,
				ErrorLog: t.HTTPErrorLog(),
			}.Serve(runningCtx, api)
		})
		p.HTTPAddr = api.Addr().String()
	}
	if p.Worker {
		running.Go(func() error { return svc.Worker.Run(runningCtx) })
	}
	ready.set(needed)
	t.Info(ctx, "started", map[string]any{
		"profile": p.Profile, "api": p.API, "worker": p.Worker, "http": p.HTTPAddr, "ops": p.OpsAddr, "version": p.Version, "maxConnections": limit,
	})
	if p.API {
		url := LocalURL(p.HTTPAddr)
		fmt.Fprintf(p.Stdout, "%s listens on %s (API reference at %s/docs, metrics and health at %s).\n", p.Name, url, url, LocalURL(p.OpsAddr))
	}
	if svc.Introduce != nil {
		if err := svc.Introduce(ctx, p.Stdout, LocalURL(p.HTTPAddr)); err != nil {
			t.Report(ctx, fmt.Errorf("introduction: %w", err))
		}
	}

	<-runningCtx.Done()
	ready.set(failing("draining", "the process is stopping"))
	t.Info(ctx, "stopping", map[string]any{"grace": p.ShutdownGrace.String()})
	return waitFor(running.Wait, p.ShutdownGrace+time.Second)
}

// waitFor abandons components that do not stop within the grace period. The next process
// repeats their unfinished work.
func waitFor(wait func() error, grace time.Duration) error {
	stopped := make(chan error, 1)
	go func() { stopped <- wait() }()
	select {
	case err := <-stopped:
		return err
	case <-time.After(grace):
		return fmt.Errorf("stopped with work in flight after %s; the next start resumes it", grace)
	}
}

// Background runs a function in a goroutine. stop cancels the function's context and
// waits until the function returns.
func Background(work func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = work(ctx) // no caller receives the error
	}()
	return func() { cancel(); <-stopped }
}

package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker"
)

// roles are the parts of the service that a process takes on.
type roles struct {
	api, worker, demo bool
}

// service is what Wire puts together.
type service struct {
	API    http.Handler
	Worker *worker.Worker
	Needs  needs
	Demo   *demo // nil where there is none
}

// checks are what has to be well for the process to be ready.
type checks map[string]telemetry.Check

// needs are what each part of the service cannot do without.
type needs struct{ api, worker checks }

func (n needs) of(r roles) checks {
	all := checks{}
	if r.api {
		maps.Copy(all, n.api)
	}
	if r.worker {
		maps.Copy(all, n.worker)
	}
	return all
}

// serve runs the parts of the service until ctx ends, and then lets them
// finish. It is alive from the first moment, and ready once it is all there.
func serve(ctx context.Context, p *program, r roles) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	t, err := telemetry.New(p.stderr, s.LogLevel)
	if err != nil {
		return err
	}
	defer t.Close()

	var state state
	state.is(checks{"start": not("the process is starting")})
	ops, err := listen(ctx, "PORTICO_OPS_ADDR", s.OpsAddr)
	if err != nil {
		return err
	}
	stopOps, opsDone := background(func(ctx context.Context) error {
		return serveHTTP(ctx, ops, t.OpsHandler(state.checks), time.Second)
	})
	defer func() { stopOps(); <-opsDone }()
	s.OpsAddr = ops.Addr().String()

	svc, cleanup, err := profiles[s.Profile].build(ctx, s, t, r)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // told to end while it began
	case err != nil:
		return err
	}
	defer cleanup()
	needed := svc.Needs.of(r)
	if await(ctx, needed, t) != nil {
		return nil // told to end while it waited
	}
	return svc.run(ctx, p, s, t, r, func(ready bool) {
		state.is(needed)
		if !ready {
			state.is(checks{"draining": not("the process is about to end")})
		}
	})
}

// state is what readiness means at the moment.
type state struct{ now atomic.Pointer[checks] }

func (s *state) is(now checks) { s.now.Store(&now) }

func (s *state) checks() map[string]telemetry.Check { return *s.now.Load() }

func not(why string) telemetry.Check { return func(context.Context) error { return errors.New(why) } }

// await tries until everything needed is there, and says what it waits for. It
// fails when ctx ends.
func await(ctx context.Context, needed checks, t *telemetry.Telemetry) error {
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		pauses := backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(200*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(0))
		err := backoff.RetryNotify(
			func() error {
				ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
				defer cancel()
				return needed[name](ctx)
			},
			backoff.WithContext(pauses, ctx),
			func(err error, pause time.Duration) {
				t.Info(ctx, "waiting", map[string]any{"for": name, "because": err.Error(), "againAfter": pause.String()})
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// run opens the door, says so, and waits for the end.
func (svc *service) run(ctx context.Context, p *program, s Settings, t *telemetry.Telemetry, r roles, ready func(bool)) error {
	parts, partsCtx := errgroup.WithContext(ctx)
	if r.api {
		api, err := listen(ctx, "PORTICO_HTTP_ADDR", s.HTTPAddr)
		if err != nil {
			return err
		}
		parts.Go(func() error { return serveHTTP(partsCtx, api, svc.API, s.ShutdownGrace) })
		s.HTTPAddr = api.Addr().String()
	}
	if r.worker {
		parts.Go(func() error { return svc.Worker.Run(partsCtx) })
	}
	ready(true)
	t.Info(ctx, "started", map[string]any{
		"profile": s.Profile, "api": r.api, "worker": r.worker, "http": s.HTTPAddr, "ops": s.OpsAddr, "version": version,
	})
	if r.api {
		url := localURL(s.HTTPAddr)
		fmt.Fprintf(p.stdout, "Portico listens on %s (API reference at %s/docs, metrics and health at %s).\n", url, url, localURL(s.OpsAddr))
	}
	if r.demo && svc.Demo != nil {
		if err := svc.Demo.introduce(ctx, p.stdout, localURL(s.HTTPAddr)); err != nil {
			t.Report(ctx, fmt.Errorf("demo: %w", err))
		}
	}

	<-partsCtx.Done()
	ready(false)
	t.Info(ctx, "stopping", map[string]any{"grace": s.ShutdownGrace.String()})
	return waitFor(parts.Wait, s.ShutdownGrace+time.Second)
}

// waitFor gives parts that do not end by themselves up after a while: whatever
// they were doing is done again by the next process.
func waitFor(end func() error, grace time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- end() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		return fmt.Errorf("stopped with work under way after %s; the next start goes on with it", grace)
	}
}

// background runs something until stop is called; done is closed when it ended.
func background(work func(context.Context) error) (stop context.CancelFunc, done <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = work(ctx) // what serves until it is told to stop fails only by being told
	}()
	return cancel, ended
}

// startSimulator runs the payment simulator inside the process, behind real
// HTTP on a port of its own.
func startSimulator(ctx context.Context, s Settings) (gatewayURL, func(), error) {
	simulator, err := payments.OpenSimulator(filepath.Join(s.DataDir, "paysim.jsonl"))
	if err != nil {
		return "", nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("payment simulator: %w", err), simulator.Close())
	}
	stop, done := background(func(ctx context.Context) error { return serveSimulator(ctx, listener, simulator) })
	return gatewayURL("http://" + listener.Addr().String()), func() { stop(); <-done }, nil
}

// serveSimulator serves until ctx ends. Then it closes the simulator first:
// that lets go of the requests that are never answered.
func serveSimulator(ctx context.Context, l net.Listener, simulator *payments.Simulator) error {
	closed := make(chan error, 1)
	context.AfterFunc(ctx, func() { closed <- simulator.Close() })
	if err := serveHTTP(ctx, l, simulator, time.Second); err != nil {
		return err
	}
	return <-closed
}

func listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; set %s to another address", addr, err, setting)
	}
	return l, nil
}

// writeTimeout is how long a connection is given for an answer, for who reads it
// slowly.
const writeTimeout = time.Minute

// serveHTTP serves until ctx ends, then lets requests under way finish for as
// long as grace.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, grace time.Duration) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %s", grace), server.Close())
	}
	return nil
}

// localURL is how to reach a listening address from the same machine.
func localURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

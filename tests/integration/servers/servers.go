// Package servers gives tests the real servers that the adapters talk to.
//
//	servers.Postgres(t)                       URL of a fresh, empty database
//	servers.PostgresFrom(t, schema, migrate)  URL of a fresh database with a schema
//	servers.RabbitMQ(t)                       URL of a fresh virtual host
//	servers.Redis(t)                          URL of a fresh, numbered database
//	servers.S3(t)                             a fresh bucket and its credentials
//	servers.SMTP(t)                           a server that keeps the mail it gets
//	servers.Proxy(t, url)                     a proxy that can make a server unavailable
//	servers.OwnPostgres(t), …                 a server that the test may stop and start
//
// Each test gets its own database, virtual host or bucket, which is removed when the test
// ends. So tests can run in parallel without name prefixes.
//
// The servers run in containers. The command "make images" prepares their images. The
// first test that needs a server starts it, and all test processes of the user share it.
// The container is removed some seconds after the last of these processes ends or is
// killed. A variable such as TEST_POSTGRES_URL names an existing server to use instead:
// see docs/testing.md.
//
// With -short, tests that need a server are skipped. Otherwise they fail if the server is
// unavailable.
package servers

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"example.com/portico/tests/integration/images"
	"example.com/portico/tests/integration/servers/sharing"
)

// startWithin limits the time from the start of a container to the server's first answer.
// It allows for a machine that is busy compiling.
const startWithin = 2 * time.Minute

// server describes how to start one kind of server from its image.
type server struct {
	image images.Server
	ports []string // tests connect to the first
	data  []string // the server's data folders
	env   map[string]string
	cmd   []string
	// ready is called until it returns nil. It may also set up the server.
	ready func(ctx context.Context, at addresses) error
}

// addresses maps each port of a container to a reachable host and port.
type addresses map[string]string

// shared starts a server, or finds one that another process started.
func (s server) shared() (addresses, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	starting, err := sharing.Exclusive("start-" + string(s.image))
	if err != nil {
		return nil, err
	}
	defer starting.Release()
	// The container's name contains the image's tag, so that a new image gets a new
	// container.
	_, group := sharing.Label()
	c, err := s.run(ctx,
		testcontainers.WithReuseByName(strings.ReplaceAll(images.Of(s.image), ":", "-")+"-"+group),
		testcontainers.WithTmpfs(onTmpfs(s.data)),
	)
	if err != nil {
		return nil, err
	}
	at, err := s.awaitReady(ctx, c)
	if err != nil {
		return nil, err
	}
	return direct(ctx, c, at), nil
}

// direct returns the container's own addresses. They bypass Docker's proxy, which would
// slow the tests down. If this machine cannot reach them, as with Docker in a virtual
// machine, direct returns the published addresses.
func direct(ctx context.Context, c *testcontainers.DockerContainer, published addresses) addresses {
	ip, err := c.ContainerIP(ctx)
	if err != nil || ip == "" {
		return published
	}
	own := addresses{}
	for p := range published {
		port, _, _ := strings.Cut(p, "/")
		own[p] = net.JoinHostPort(ip, port)
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", own[p])
		if err != nil {
			return published
		}
		conn.Close()
	}
	return own
}

// prepare must run before a container is started.
func (s server) prepare(ctx context.Context) error {
	configureTestcontainers()
	if err := images.Prepared(ctx, s.image); err != nil {
		return err
	}
	return sharing.Join()
}

func onTmpfs(folders []string) map[string]string {
	mounts := map[string]string{}
	for _, f := range folders {
		mounts[f] = "rw"
	}
	return mounts
}

func (s server) run(ctx context.Context, more ...testcontainers.ContainerCustomizer) (*testcontainers.DockerContainer, error) {
	key, value := sharing.Label()
	options := append([]testcontainers.ContainerCustomizer{
		testcontainers.WithEnv(s.env),
		testcontainers.WithCmd(s.cmd...),
		testcontainers.WithExposedPorts(s.ports...),
		testcontainers.WithLabels(map[string]string{key: value}),
	}, more...)
	c, err := testcontainers.Run(ctx, images.Of(s.image), options...)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.image, err)
	}
	return c, nil
}

func (s server) awaitReady(ctx context.Context, c *testcontainers.DockerContainer) (addresses, error) {
	at, err := s.addresses(ctx, c)
	for err == nil {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		notYet := s.ready(attempt, at)
		cancel()
		if notYet == nil {
			return at, nil
		}
		select {
		case <-ctx.Done():
			err = fmt.Errorf("no answer within %s: %w", startWithin, notYet)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("%s: %w; the end of its log:\n%s", s.image, err, logOf(c))
}

func (s server) addresses(ctx context.Context, c *testcontainers.DockerContainer) (addresses, error) {
	host, err := c.Host(ctx)
	if err != nil {
		return nil, err
	}
	at := addresses{}
	for _, p := range s.ports {
		mapped, err := c.MappedPort(ctx, p)
		if err != nil {
			return nil, err
		}
		at[p] = net.JoinHostPort(host, mapped.Port())
	}
	return at, nil
}

func logOf(c *testcontainers.DockerContainer) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := c.Logs(ctx)
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	all, _ := io.ReadAll(r)
	lines := strings.Split(strings.TrimSpace(string(all)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// configureTestcontainers must run before testcontainers reads its settings.
var configureTestcontainers = sync.OnceFunc(func() {
	log.SetDefault(log.NewNoopLogger()) // log lines would hide the output of the tests

	// Package sharing removes the containers, so Ryuk and its image are not needed.
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")

	// If /.dockerenv exists, testcontainers assumes that it runs in a container and
	// expects published ports at the gateway. Some virtual machines have this file too.
	// The bridge docker0 shows that the daemon runs on this machine.
	if _, err := os.Stat("/.dockerenv"); err == nil {
		if _, err := net.InterfaceByName("docker0"); err == nil {
			os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "localhost")
		}
	}
})

// Needed skips the test with -short. A test that does other work before it starts servers
// calls Needed first.
func Needed(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a server: skipped with -short")
	}
}

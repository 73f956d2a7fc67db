// Package servers gives tests the real servers that the adapters talk to.
//
//	servers.Postgres(t)                       URL of a fresh, empty database
//	servers.PostgresFrom(t, schema, migrate)  URL of a fresh database with a schema
//	servers.RabbitMQ(t)                       URL of a fresh virtual host
//	servers.Redis(t)                          URL of a fresh, numbered database
//	servers.S3(t)                             a fresh bucket and its credentials
//	servers.SMTP(t)                           a server that keeps the mail it gets
//	servers.Proxy(t, url)                     a way to a server that can be made to fail
//	servers.OwnPostgres(t), …                 a server that the test may stop and start
//
// What a test was given is its own, and is removed when the test ends. So tests
// run in parallel, and need no prefixes against each other.
//
// The servers run in containers, from the images that make images prepares. The
// first test that asks for a server starts it; all test processes on the machine
// share it; some seconds after the last of these processes ended, however it
// ended, the container is removed. A variable such as TEST_POSTGRES_URL names a
// server that exists already instead: see docs/testing.md.
//
// With -short, tests that need a server are skipped. Otherwise they fail when it
// cannot be had.
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

// startWithin is how long a server may take from the start of its container to
// its first answer, on a machine that is busy compiling.
const startWithin = 2 * time.Minute

// A server is how one kind of server is started from its image.
type server struct {
	image images.Server
	ports []string // the first is the one that the tests talk to
	data  []string // the folders that it keeps its data in
	env   map[string]string
	cmd   []string
	// ready asks the server for something that only a server in order answers.
	ready func(ctx context.Context, at addresses) error
}

// addresses are host and port on this machine for each port of a container.
type addresses map[string]string

// shared starts a server, or finds the one that another process started.
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
	// The name has the image's tag, so that another image makes another container.
	_, group := sharing.Label()
	c, err := s.run(ctx,
		testcontainers.WithReuseByName(strings.ReplaceAll(images.Of(s.image), ":", "-")+"-"+group),
		testcontainers.WithTmpfs(onTmpfs(s.data)),
	)
	if err != nil {
		return nil, err
	}
	at, err := s.answers(ctx, c)
	if err != nil {
		return nil, err
	}
	return past(ctx, c, at), nil
}

// past gives the container's own addresses for those at which Docker publishes
// its ports, because Docker's proxy takes as much time as a server. Where they
// cannot be reached, as with Docker in a virtual machine, all stays as it is.
func past(ctx context.Context, c *testcontainers.DockerContainer, published addresses) addresses {
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

// prepare is done before a container is started.
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

// answers waits until the server is ready.
func (s server) answers(ctx context.Context, c *testcontainers.DockerContainer) (addresses, error) {
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

// logOf is the end of what the container wrote.
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

// configureTestcontainers is done before its settings are first read.
var configureTestcontainers = sync.OnceFunc(func() {
	log.SetDefault(log.NewNoopLogger()) // its lines are of no use among those of the tests

	// Containers are removed by package sharing, so that no further image is needed for it.
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")

	// In a container that uses the daemon of its host, published ports are found
	// at the gateway, and testcontainers looks for them there when it sees this
	// file. Some virtual machines have it too; but the daemon's bridge is only
	// where the daemon is.
	if _, err := os.Stat("/.dockerenv"); err == nil {
		if _, err := net.InterfaceByName("docker0"); err == nil {
			os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", "localhost")
		}
	}
})

// Needed skips a test with -short, for one that starts servers later.
func Needed(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a server: left out with -short")
	}
}

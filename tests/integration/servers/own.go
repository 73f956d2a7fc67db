package servers

import (
	"context"
	"net"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
)

// Own is a server for one test. The test may restart the server, and the URL stays the
// same.
type Own struct {
	URL string

	t         testing.TB
	server    server
	container *testcontainers.DockerContainer
}

// OwnPostgres starts a Postgres server for one test, with an empty database.
func OwnPostgres(t testing.TB) *Own {
	t.Helper()
	vacuuming := postgres // autovacuum can be on, because no test drops the database
	vacuuming.cmd = append(slices.Clone(postgres.cmd), "-c", "autovacuum=on")
	o, at := own(t, vacuuming)
	server := postgresURL(at, "tests")
	if err := createDatabase(t.Context(), server, "own", "template0"); err != nil {
		t.Fatal(err)
	}
	o.URL = databaseOn(server, "own")
	return o
}

// OwnRabbitMQ starts a RabbitMQ server for one test.
func OwnRabbitMQ(t testing.TB) *Own {
	t.Helper()
	o, at := own(t, rabbitmq)
	o.URL = rabbitMQAt(at).amqp.String()
	return o
}

// OwnRedis starts a Redis server for one test. The server loses its data when it stops.
func OwnRedis(t testing.TB) *Own {
	t.Helper()
	o, at := own(t, redis)
	o.URL = "redis://" + at[redisPort]
	return o
}

// OwnS3 starts an S3 service for one test, with one bucket.
func OwnS3(t testing.TB) (*Own, Bucket) {
	t.Helper()
	o, at := own(t, s3Gateway)
	service := s3At(at)
	if err := service.create(t.Context(), "own"); err != nil {
		t.Fatal(err)
	}
	o.URL = service.endpoint
	return o, service.bucket("own")
}

// Stop kills the server.
func (o *Own) Stop() {
	o.t.Helper()
	o.docker("kill")
}

// Start restarts a stopped server with its data volumes, and waits until it is ready.
func (o *Own) Start() {
	o.t.Helper()
	o.docker("start")
	ctx, cancel := context.WithTimeout(o.t.Context(), startWithin)
	defer cancel()
	if _, err := o.server.awaitReady(ctx, o.container); err != nil {
		o.t.Fatal(err)
	}
}

// Pause freezes the server: its connections stay open and silent.
func (o *Own) Pause() {
	o.t.Helper()
	o.docker("pause")
}

// Resume continues a paused server.
func (o *Own) Resume() {
	o.t.Helper()
	o.docker("unpause")
}

// Run runs a command, such as rabbitmqctl, in the server's container.
func (o *Own) Run(command ...string) {
	o.t.Helper()
	o.docker("exec", command...)
}

func (o *Own) docker(verb string, more ...string) {
	o.t.Helper()
	args := append([]string{verb, o.container.GetContainerID()}, more...)
	output, err := exec.CommandContext(o.t.Context(), "docker", args...).CombinedOutput()
	if err != nil {
		o.t.Fatalf("docker %s: %v: %s", verb, err, output)
	}
}

// own starts a server whose data volumes and ports stay the same across restarts.
func own(t testing.TB, s server) (*Own, addresses) {
	t.Helper()
	Needed(t)
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	if err := s.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	fixed, err := atFreePorts(ctx, s.ports)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.run(ctx,
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.PortBindings = fixed
			for _, folder := range s.data {
				h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeVolume, Target: folder})
			}
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := testcontainers.TerminateContainer(c, testcontainers.StopTimeout(0)); err != nil {
			t.Error(err)
		}
	})
	at, err := s.awaitReady(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return &Own{t: t, server: s, container: c}, at
}

// atFreePorts maps each port of a container to a free port of this machine. By default,
// Docker chooses a new port at each start.
func atFreePorts(ctx context.Context, ports []string) (network.PortMap, error) {
	bindings := network.PortMap{}
	for _, p := range ports {
		l, err := listenAnywhere(ctx, "")
		if err != nil {
			return nil, err
		}
		defer l.Close() // keeps the port until all are chosen
		free := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		bindings[network.MustParsePort(p)] = []network.PortBinding{{HostPort: free}}
	}
	return bindings, nil
}

// Direct returns a URL that bypasses Docker's proxy, if possible. A restart may change
// this URL.
func (o *Own) Direct() string {
	o.t.Helper()
	port := o.server.ports[0]
	u, err := url.Parse(o.URL)
	if err != nil {
		o.t.Fatal(err)
	}
	u.Host = direct(o.t.Context(), o.container, addresses{port: u.Host})[port]
	return u.String()
}

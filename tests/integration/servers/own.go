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

// An Own server is one test's alone, which may stop it. Its URL stays the same.
type Own struct {
	URL string

	t         testing.TB
	server    server
	container *testcontainers.DockerContainer
}

// OwnPostgres is a Postgres of the test's own, with an empty database.
func OwnPostgres(t testing.TB) *Own {
	t.Helper()
	vacuuming := postgres // as in production: no database of it is dropped
	vacuuming.cmd = append(slices.Clone(postgres.cmd), "-c", "autovacuum=on")
	o, at := own(t, vacuuming)
	server := postgresURL(at, "tests")
	if err := createDatabase(t.Context(), server, "own", "template0"); err != nil {
		t.Fatal(err)
	}
	o.URL = databaseOn(server, "own")
	return o
}

// OwnRabbitMQ is a RabbitMQ of the test's own.
func OwnRabbitMQ(t testing.TB) *Own {
	t.Helper()
	o, at := own(t, rabbitmq)
	o.URL = rabbitMQAt(at).amqp.String()
	return o
}

// OwnRedis is a Redis of the test's own, which forgets everything when it stops.
func OwnRedis(t testing.TB) *Own {
	t.Helper()
	o, at := own(t, redis)
	o.URL = "redis://" + at[redisPort]
	return o
}

// OwnS3 is an S3 service of the test's own, at its URL, with one bucket in it.
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

// Stop ends the server at once, without giving it time to put things in order.
func (o *Own) Stop() {
	o.t.Helper()
	o.docker("kill")
}

// Start starts the server again, with the data that it had, and waits for it.
func (o *Own) Start() {
	o.t.Helper()
	o.docker("start")
	ctx, cancel := context.WithTimeout(o.t.Context(), startWithin)
	defer cancel()
	if _, err := o.server.answers(ctx, o.container); err != nil {
		o.t.Fatal(err)
	}
}

// Pause makes the server stand still: its connections stay open, and silent.
func (o *Own) Pause() {
	o.t.Helper()
	o.docker("pause")
}

// Resume lets a paused server go on.
func (o *Own) Resume() {
	o.t.Helper()
	o.docker("unpause")
}

// Run runs a command where the server is, such as one of its own tools.
func (o *Own) Run(command ...string) {
	o.t.Helper()
	o.docker("exec", command...)
}

func (o *Own) docker(verb string, more ...string) {
	o.t.Helper()
	args := append([]string{verb, o.container.GetContainerID()}, more...)
	said, err := exec.CommandContext(o.t.Context(), "docker", args...).CombinedOutput()
	if err != nil {
		o.t.Fatalf("docker %s: %v: %s", verb, err, said)
	}
}

// own starts a server with its data on volumes, which outlive a stop, and at
// ports that it keeps when it starts again.
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
	at, err := s.answers(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return &Own{t: t, server: s, container: c}, at
}

// atFreePorts says for each port of a container at which port of this machine it
// is to be. Left to itself, Docker chooses others at each start.
func atFreePorts(ctx context.Context, ports []string) (network.PortMap, error) {
	bindings := network.PortMap{}
	for _, p := range ports {
		l, err := listenAnywhere(ctx, "")
		if err != nil {
			return nil, err
		}
		defer l.Close() // not before all are chosen
		free := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		bindings[network.MustParsePort(p)] = []network.PortBinding{{HostPort: free}}
	}
	return bindings, nil
}

// Direct is the server's URL past Docker's proxy, where that can be reached. It
// is another one after a restart.
func (o *Own) Direct() string {
	o.t.Helper()
	port := o.server.ports[0]
	u, err := url.Parse(o.URL)
	if err != nil {
		o.t.Fatal(err)
	}
	u.Host = past(o.t.Context(), o.container, addresses{port: u.Host})[port]
	return u.String()
}

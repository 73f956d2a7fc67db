// Package images gets the container images of the servers that the tests use. It pulls
// the official images. If no registry answers, it builds equivalents from packages of
// Debian or Ubuntu and from Go modules.
//
// Pulled and built images get the same names. So the tests do not depend on where an
// image came from, and a later preparation finds the images.
package images

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"example.com/portico/tests/integration/servers/sharing"
)

// Server names a server that the tests use.
type Server string

// The servers.
const (
	Postgres Server = "postgres"
	Redis    Server = "redis"
	RabbitMQ Server = "rabbitmq"
	S3       Server = "s3"
)

// servers has the smallest image first, to detect an unavailable registry early.
var servers = []struct {
	name     Server
	official string
}{
	{Redis, "redis:7-alpine"},
	{S3, "versity/versitygw:" + gatewayVersion},
	{Postgres, "postgres:17-alpine"},
	{RabbitMQ, "rabbitmq:4-management-alpine"},
}

// fromPackages has the mmdebstrap options that build an image from packages.
var fromPackages = []string{
	"--variant=minbase",
	"--include=postgresql,redis-server,rabbitmq-server",
	"--dpkgopt=path-exclude=/usr/share/doc/*",
	"--dpkgopt=path-exclude=/usr/share/man/*",
	`--customize-hook=chmod 755 "$1/usr/local/bin/serve"`,
}

const (
	gateway        = "github.com/versity/versitygw/cmd/versitygw"
	gatewayVersion = "v1.8.0"
)

//go:embed serve
var entryPoint []byte

// recipe is a checksum of the image names, the build options and the entry point.
var recipe = func() string {
	h := sha256.New()
	fmt.Fprintln(h, servers, fromPackages, gateway)
	h.Write(entryPoint)
	return hex.EncodeToString(h.Sum(nil))[:12]
}()

// Of returns the name of a server's image.
func Of(s Server) string { return sharing.Name + ":" + string(s) + "-" + recipe }

// Prepare gets the images unless all exist, and reports its progress to out. If it runs
// in several processes at the same time, one works and the others wait.
func Prepare(ctx context.Context, out io.Writer) error {
	say := func(format string, args ...any) { fmt.Fprintf(out, "test servers: "+format+"\n", args...) }
	turn, err := takeTurn(ctx, say)
	if err != nil {
		return err
	}
	defer turn.Release()

	if err := needDocker(ctx, say); err != nil {
		return err
	}
	if err := sharing.RemoveUnused(); err != nil {
		return err
	}
	missing, err := anyMissing(ctx)
	if err != nil || !missing {
		return err
	}
	began := time.Now()
	if !pull(ctx, say) {
		if err := build(ctx, say); err != nil {
			return err
		}
	}
	say("ready after %s", time.Since(began).Round(time.Second))
	return nil
}

// takeTurn waits until no other process holds the lock on the images, and takes it.
func takeTurn(ctx context.Context, say func(string, ...any)) (*sharing.Lock, error) {
	turn, err := sharing.TryExclusive("images")
	if err == nil && turn == nil {
		say("another process prepares the images: waiting for it")
	}
	for err == nil && turn == nil {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
			turn, err = sharing.TryExclusive("images")
		}
	}
	return turn, err
}

// Prepared returns an error unless the image of a server exists.
func Prepared(ctx context.Context, s Server) error {
	found, err := run(ctx, "docker", "images", "--quiet", Of(s))
	if err != nil {
		return needed(err)
	}
	if found == "" {
		return fmt.Errorf("the image of %s is missing: run make images", s)
	}
	return nil
}

// needed returns an error that says what to do when Docker does not answer.
func needed(err error) error {
	return fmt.Errorf("the tests need Docker: install it, start it and let this user use it (%w)", err)
}

func anyMissing(ctx context.Context) (bool, error) {
	for _, s := range servers {
		found, err := run(ctx, "docker", "images", "--quiet", Of(s.name))
		if err != nil || found == "" {
			return true, err
		}
	}
	return false, nil
}

// pull gets the official images. It returns false at the first unavailable image.
func pull(ctx context.Context, say func(string, ...any)) bool {
	limit := 45 * time.Second // enough for the first, which is small
	for i, s := range servers {
		say("pulling %s (%d of %d)", s.official, i+1, len(servers))
		pulling, cancel := context.WithTimeout(ctx, limit)
		_, err := run(pulling, "docker", "pull", "--quiet", s.official)
		cancel()
		limit = 3 * time.Minute
		if err == nil {
			_, err = run(ctx, "docker", "tag", s.official, Of(s.name))
		}
		if err != nil {
			say("unavailable: %v", err)
			return false
		}
	}
	return true
}

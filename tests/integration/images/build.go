package images

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/portico/tests/integration/servers/sharing"
)

// build makes two images in place of the official ones: one with Postgres, Redis and
// RabbitMQ from packages, and one with the S3 gateway from its Go module.
func build(ctx context.Context, say func(string, ...any)) error {
	suite, sources, err := distribution("/")
	if err != nil {
		return err
	}
	say("building the images from packages and Go modules instead: this takes up to three minutes, once")
	if err := needMmdebstrap(ctx, say); err != nil {
		return err
	}
	// A preparation that was killed may have left files here.
	folder := filepath.Join(sharing.Folder(), "images")
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	defer every(15*time.Second, func(since time.Duration) { say("still building after %s", since) })()
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return buildFromPackages(ctx, folder, suite, sources, say) })
	both.Go(func() error { return buildGateway(ctx, folder, say) })
	return both.Wait()
}

func buildFromPackages(ctx context.Context, folder, suite string, sources []string, say func(string, ...any)) error {
	serve, root := filepath.Join(folder, "serve"), filepath.Join(folder, "root.tar")
	if err := os.WriteFile(serve, entryPoint, 0o600); err != nil {
		return err
	}
	arguments := slices.Concat(
		[]string{"--customize-hook=copy-in " + serve + " /usr/local/bin"},
		fromPackages, []string{suite, root}, sources,
	)
	if _, err := run(ctx, "mmdebstrap", arguments...); err != nil {
		return err
	}
	image, err := run(ctx, "docker", "import", "--change", `ENTRYPOINT ["/usr/local/bin/serve"]`, root)
	if err != nil {
		return err
	}
	for _, s := range []Server{Postgres, Redis, RabbitMQ} {
		if _, err := run(ctx, "docker", "tag", image, Of(s)); err != nil {
			return err
		}
	}
	say("built Postgres, Redis and RabbitMQ")
	return nil
}

// buildGateway makes an image that holds one static binary.
func buildGateway(ctx context.Context, folder string, say func(string, ...any)) error {
	build := command(ctx, "go", "install", gateway+"@"+gatewayVersion)
	build.Dir = folder
	build.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=", "CGO_ENABLED=0")
	if _, err := outputOf(build); err != nil {
		return err
	}
	binary, err := os.ReadFile(filepath.Join(folder, "versitygw"))
	if err != nil {
		return err
	}
	var root bytes.Buffer
	archive := tar.NewWriter(&root)
	if err := archive.WriteHeader(&tar.Header{Name: "versitygw", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		return err
	}
	if _, err := archive.Write(binary); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	load := command(ctx, "docker", "import", "--change", `ENTRYPOINT ["/versitygw"]`, "-", Of(S3))
	load.Stdin = &root
	if _, err := outputOf(load); err != nil {
		return err
	}
	say("built the S3 gateway")
	return nil
}

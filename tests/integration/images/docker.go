package images

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"example.com/portico/tests/integration/servers/sharing"
)

// needDocker makes sure that Docker answers. If necessary and permitted, it installs and
// starts Docker.
func needDocker(ctx context.Context, say func(string, ...any)) error {
	err := dockerAnswers(ctx)
	if err == nil {
		return nil
	}
	if os.Getenv("DOCKER_HOST") != "" || !mayInstall() {
		return needed(err)
	}
	if !onPath("docker", "dockerd") {
		say("Docker is missing: installing docker.io from the distribution's packages")
		if err := install(ctx, "docker.io", "ca-certificates"); err != nil {
			return err
		}
		if !onPath("docker") { // later releases package the client separately
			if err := install(ctx, "docker-cli"); err != nil {
				return err
			}
		}
	}
	return startDocker(ctx, say)
}

func dockerAnswers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := run(ctx, "docker", "version", "--format", "{{.Server.Version}}")
	return err
}

// startDocker starts the daemon as a service. If that fails, as in most containers, it
// starts the daemon as a process.
func startDocker(ctx context.Context, say func(string, ...any)) error {
	if _, err := run(ctx, "service", "docker", "start"); err == nil && waitForDocker(ctx) == nil {
		say("started Docker as a service")
		return nil
	}
	logFile, err := os.Create(filepath.Join(sharing.Folder(), "dockerd.log"))
	if err != nil {
		return err
	}
	defer logFile.Close()
	daemon := exec.CommandContext(context.WithoutCancel(ctx), "dockerd")
	daemon.Stdout, daemon.Stderr = logFile, logFile
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that Ctrl-C does not stop it
	if err := daemon.Start(); err != nil {
		return err
	}
	say("started Docker as process %d, which logs to %s", daemon.Process.Pid, logFile.Name())
	if err := waitForDocker(ctx); err != nil {
		output, _ := os.ReadFile(logFile.Name())
		return fmt.Errorf("start Docker: %w: %s", err, endOf(output))
	}
	return nil
}

func waitForDocker(ctx context.Context) error {
	var err error
	for range 30 {
		if err = dockerAnswers(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return err
}

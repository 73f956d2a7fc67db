package images

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command is asked to stop, rather than killed, when ctx ends: some clean up then.
// So is all that it has started, since not all tell their children.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	return c
}

// run is command, and what it wrote to its standard output. An error has the end
// of what it wrote to the other.
func run(ctx context.Context, name string, args ...string) (string, error) {
	return outputOf(command(ctx, name, args...))
}

func outputOf(c *exec.Cmd) (string, error) {
	out, err := c.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, endOf(exit.Stderr))
	}
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", c.Args[0], c.Args[min(1, len(c.Args)-1)], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// endOf is the last lines of what a command said.
func endOf(said []byte) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// every calls tick at each interval until stopped.
func every(interval time.Duration, tick func(since time.Duration)) (stop func()) {
	began, done := time.Now(), make(chan struct{})
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				tick(now.Sub(began).Round(time.Second))
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

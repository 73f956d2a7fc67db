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

// command returns a command that gets SIGTERM, not SIGKILL, when ctx ends, so that it can
// clean up. Its children get SIGTERM too, because some commands do not forward it.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	return c
}

// run returns the standard output of a command. If the command fails, the error includes
// the last lines of its stderr.
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

func endOf(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// every calls the function tick once per interval until stop is called.
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

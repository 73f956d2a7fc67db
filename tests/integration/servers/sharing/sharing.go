// Package sharing lets test processes share the containers of the servers, and removes
// the containers after the last process that uses them has ended.
//
// A test process that is killed, panics or times out runs no code at its end. So each
// process that uses the servers holds a shared lock until it ends. One additional
// process, the watcher, waits until no process holds the lock, and removes the
// containers.
package sharing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Name marks the images, containers and files that the test processes share.
const Name = "portico-test-servers"

// Label returns the label of every container that the tests start. Processes that share
// no servers, such as those of two users, have different labels.
func Label() (key, value string) {
	sum := sha256.Sum256([]byte(Folder()))
	return Name, hex.EncodeToString(sum[:4])
}

const (
	// users names the lock held by all processes that use the servers.
	users = "users"
	// watching names the lock that only the watcher holds.
	watching = "watching"

	watcherVariable = "PORTICO_TEST_SERVERS_WATCHER"

	// linger is the delay before unused servers are removed.
	linger = 10 * time.Second
)

// Join keeps the servers running until this process ends. It starts the watcher, a second
// process of this program: see init.
var Join = sync.OnceValue(func() error {
	if _, err := Shared(users); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	watcher := exec.CommandContext(context.Background(), self)
	watcher.Env = append(os.Environ(), watcherVariable+"=1")
	watcher.Dir = os.TempDir()
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // so that Ctrl-C does not stop it
	if err := watcher.Start(); err != nil {
		return fmt.Errorf("start the watcher of the servers: %w", err)
	}
	return watcher.Process.Release()
})

func init() {
	if os.Getenv(watcherVariable) == "" {
		return
	}
	if err := watch(); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// watch removes the servers some seconds after the last process that uses them has ended.
func watch() error {
	watcher, err := TryExclusive(watching)
	if err != nil || watcher == nil {
		return err
	}
	for {
		unused, err := Exclusive(users)
		if err != nil {
			return err
		}
		unused.Release()
		time.Sleep(linger)
		unused, err = TryExclusive(users)
		if err != nil {
			return err
		}
		if unused != nil {
			err := remove()
			// The watcher's lock is released first, so that the next process can start a
			// watcher.
			watcher.Release()
			unused.Release()
			return err
		}
	}
}

// RemoveUnused removes the servers, unless a process uses them.
func RemoveUnused() error {
	unused, err := TryExclusive(users)
	if err != nil || unused == nil {
		return err
	}
	defer unused.Release()
	return remove()
}

func remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	key, value := Label()
	found, err := exec.CommandContext(ctx, "docker", "ps", "--all", "--quiet", "--filter", "label="+key+"="+value).Output()
	if err != nil {
		return fmt.Errorf("docker ps: %w", err)
	}
	ids := strings.Fields(string(found))
	if len(ids) == 0 {
		return nil
	}
	output, err := exec.CommandContext(ctx, "docker", append([]string{"rm", "--force", "--volumes"}, ids...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker rm: %w: %s", err, output)
	}
	return nil
}

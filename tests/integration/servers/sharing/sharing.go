// Package sharing lets test processes share the containers of the servers, and
// removes the containers after the last process that uses them has ended.
//
// A test process that is killed, panics or times out runs no code at its end. So
// each process that uses the servers holds a shared lock while it lives, and one
// further process, the watcher, waits for that lock.
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

// Name is the name of everything that the tests create outside the repository.
const Name = "portico-test-servers"

// Label is the label of every container that the tests start. It differs for
// processes that do not share, such as those of two users of one daemon.
func Label() (key, value string) {
	sum := sha256.Sum256([]byte(Folder()))
	return Name, hex.EncodeToString(sum[:4])
}

const (
	// users is held, shared, by the processes that use the servers.
	users = "users"
	// watching is held by the one watcher.
	watching = "watching"

	watcherVariable = "PORTICO_TEST_SERVERS_WATCHER"

	// linger is how long the servers are kept for another test process.
	linger = 10 * time.Second
)

// Join keeps the servers while this process lives. It starts the watcher, which is
// the same program: init runs it as the watcher.
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
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of reach of Ctrl-C
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

// watch removes the servers some seconds after their last user has ended.
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
			// In this order: a process that joins now finds no watcher and starts one.
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

// Package sharing lets test processes share the containers of the servers, and
// removes these when no process uses them any more.
//
// Nothing runs at the end of a test process that is killed, or whose tests panic
// or take too long. So each process that uses the servers holds a lock for as long
// as it lives, and one further process, the watcher, waits for that lock.
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

// Name is the name of what the tests leave outside of the repository.
const Name = "portico-test-servers"

// Label is on every container that the tests start, and tells apart those who do
// not share, such as two users of one daemon.
func Label() (key, value string) {
	sum := sha256.Sum256([]byte(Folder()))
	return Name, hex.EncodeToString(sum[:4])
}

const (
	// users is shared by the processes that use the servers.
	users = "users"
	// watching is held by the watcher, of which there is one.
	watching = "watching"

	watcherVariable = "PORTICO_TEST_SERVERS_WATCHER"

	// linger is how long the servers are kept for the next test process.
	linger = 10 * time.Second
)

// Join keeps the servers for as long as this process lives. The watcher that it
// starts is this same program, turned into one by init.
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

// watch removes the servers some time after their last user ended.
func watch() error {
	one, err := TryExclusive(watching)
	if err != nil || one == nil {
		return err
	}
	for {
		none, err := Exclusive(users)
		if err != nil {
			return err
		}
		none.Release()
		time.Sleep(linger)
		none, err = TryExclusive(users)
		if err != nil {
			return err
		}
		if none != nil {
			err := remove()
			// In this order, so that who joins now finds no watcher and starts one.
			one.Release()
			none.Release()
			return err
		}
	}
}

// RemoveUnused removes the servers, unless a process uses them.
func RemoveUnused() error {
	none, err := TryExclusive(users)
	if err != nil || none == nil {
		return err
	}
	defer none.Release()
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
	said, err := exec.CommandContext(ctx, "docker", append([]string{"rm", "--force", "--volumes"}, ids...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker rm: %w: %s", err, said)
	}
	return nil
}

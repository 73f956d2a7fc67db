package servers_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/integration/servers/sharing"
	"example.com/portico/tests/testkit"
)

// abandoning names the environment variable that makes this program run as an abandoner.
const abandoning = "PORTICO_TEST_ABANDONS_SERVERS"

func TestServersOfAKilledProcessAreRemoved(t *testing.T) {
	if os.Getenv(abandoning) != "" {
		shared, own := servers.Redis(t), servers.OwnRedis(t).URL
		os.Stdout.WriteString(shared + "\n" + own + "\n")
		select {} // until killed
	}
	needsServers(t)
	// Processes with the same temporary folder share servers, so this test uses a new
	// folder.
	t.Setenv("TMPDIR", t.TempDir())
	one, other := abandon(t), abandon(t)
	shared, own := one.says(), one.says()
	if got := other.says(); host(t, got) != host(t, shared) {
		t.Errorf("two processes use %s and %s, want the same server", shared, got)
	}

	one.kill()
	testkit.Must(t, sharing.RemoveUnused())
	testkit.Must(t, reach(t, shared))

	other.kill()
	for _, url := range []string{shared, own} {
		for began := time.Now(); reach(t, url) == nil; time.Sleep(200 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatalf("%s answers a minute after its last user was killed, want it removed", url)
			}
		}
	}
}

// reach connects to a server. The timeout is needed because the address of a removed
// container does not refuse connections.
func reach(t *testing.T, url string) error {
	t.Helper()
	conn, err := net.DialTimeout("tcp", host(t, url), time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

// abandoner is a process that uses servers until it is killed.
type abandoner struct {
	t       *testing.T
	process *exec.Cmd
	out     *bufio.Reader
}

func abandon(t *testing.T) abandoner {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), abandoning+"=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	testkit.Must(t, err)
	testkit.Must(t, c.Start())
	return abandoner{t, c, bufio.NewReader(out)}
}

func (a abandoner) says() string {
	a.t.Helper()
	line, err := a.out.ReadString('\n')
	testkit.Must(a.t, err)
	return strings.TrimSpace(line)
}

func (a abandoner) kill() {
	a.t.Helper()
	testkit.Must(a.t, a.process.Process.Kill())
	_ = a.process.Wait() // the error only reports the kill
}

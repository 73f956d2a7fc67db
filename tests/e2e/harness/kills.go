package harness

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// KillRepeatedly calls the function kill after random pauses, until the function enough
// returns true. A pause takes 50 ms plus a random time in [0, longest). Both functions
// get the number of earlier kills.
func KillRepeatedly(dice *rand.Rand, longest time.Duration, enough func(kills int) bool, kill func(kills int)) (kills int) {
	for ; !enough(kills); kills++ {
		time.Sleep(time.Duration(50+dice.IntN(int(longest.Milliseconds()))) * time.Millisecond) // makes the moment of the kill random
		kill(kills)
	}
	return kills
}

// Seed returns PORTICO_TEST_SEED, or a new seed if that is empty. A seed repeats the
// random choices of a run, but not its timing.
func Seed(t *testing.T) uint64 {
	t.Helper()
	given := os.Getenv("PORTICO_TEST_SEED")
	if given == "" {
		return uint64(time.Now().UnixNano())
	}
	seed, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		t.Fatalf("PORTICO_TEST_SEED: %v", err)
	}
	return seed
}

// Cluster is a group of processes of one app.
type Cluster struct {
	app       *App
	members   []Member
	processes []*Process
}

// Member describes how to start one process of a cluster.
type Member struct {
	Command  string
	Settings []string
}

// StartCluster starts all members.
func (a *App) StartCluster(members ...Member) *Cluster {
	a.T.Helper()
	c := &Cluster{app: a, members: members, processes: make([]*Process, len(members))}
	for i := range members {
		c.launch(i)
	}
	return c
}

func (c *Cluster) launch(i int) {
	c.app.T.Helper()
	c.processes[i] = c.app.Launch([]string{c.members[i].Command}, c.members[i].Settings...)
}

// KillOne kills a random process and starts it again.
func (c *Cluster) KillOne(dice *rand.Rand) {
	c.app.T.Helper()
	i := dice.IntN(len(c.processes))
	c.processes[i].Kill()
	c.launch(i)
}

// UpdateOne sends a random process SIGTERM, as a rolling update does, and restarts it.
func (c *Cluster) UpdateOne(dice *rand.Rand) {
	t := c.app.T
	t.Helper()
	i := dice.IntN(len(c.processes))
	p := c.processes[i]
	// A process does not handle signals before it prints its first line.
	Eventually(t, time.Minute, "the process prints its first line", func() bool { return p.Output.String() != "" })
	if code := p.Terminate(t); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, p.Output.Tail())
	}
	c.launch(i)
}

// AwaitListening waits until every root URL of the app answers a request for the page.
func (c *Cluster) AwaitListening(page string) {
	c.app.T.Helper()
	for _, root := range c.app.Roots {
		Eventually(c.app.T, time.Minute, root+" listens", func() bool { return Probe(root+page) != 0 })
	}
}

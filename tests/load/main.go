// Command load measures the production profile on real servers. It compares holds with
// pgbench, the relay with a bare publisher, and cached reads with a bare handler. It
// measures the two sides of each comparison alternately, so that other load on the
// machine affects both. Afterwards it checks that Portico lost no data and sold no seat
// twice. docs/performance.md explains the comparisons.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

type options struct {
	rounds   int
	duration time.Duration
	clients  int
}

// leastWork is the minimum number of operations of each side in each round. With fewer
// operations, rates are meaningless.
const leastWork = 200

func main() {
	var o options
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "how often each side of each comparison is measured")
	flags.DurationVar(&o.duration, "for", 8*time.Second, "how long a measurement takes; the relay's takes until the outbox is empty")
	flags.IntVar(&o.clients, "clients", 16, "how many connections send requests concurrently")
	bare := flags.Bool("bare", false, "run the bare handler: answer every request with the content of stdin")
	_ = flags.Parse(os.Args[1:]) // exits on an error

	// Register the flag -test.short, because package servers reads it.
	testing.Init()
	_ = flag.CommandLine.Parse(nil)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, *bare); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, bare bool) error {
	switch {
	case bare:
		return serveBare(ctx, os.Stdin, os.Stdout)
	case o.rounds < 1 || o.duration < time.Second || o.clients < 1:
		return errors.New("want at least one round of a second with one client")
	}
	return runAsTest(ctx, func(t *testingT) {
		b := prepare(t, o)
		comparisons := b.compare()
		report(os.Stdout, b.machine(), comparisons)
		t.must(b.promises(os.Stdout))
		t.must(enough(comparisons))
	})
}

// compare runs a warm-up and all rounds.
func (b *benchmark) compare() []comparison {
	holds := comparison{
		name: "holds over HTTP", bound: "the same statement by pgbench", unit: "holds/s", target: 0.65,
		before: b.addSeats, measure: b.holdOverHTTP, measureBound: b.holdByPgbench,
	}
	relay := comparison{
		name: "relay, outbox to queue", bound: "bare publisher, confirmed", unit: "events/s", target: 0.85,
		before: b.readOutbox, measure: b.relayEvents, measureBound: b.publishBare,
	}
	reads := comparison{
		name: "cached seat maps over HTTP", bound: "bare net/http, same bytes", unit: "reads/s", target: 0.65,
		measure: b.readSeatMap, measureBound: b.readBare,
	}
	all := []*comparison{&holds, &relay, &reads}
	for round := range b.rounds + 1 {
		warmUp := round == 0
		what := fmt.Sprintf("round %d of %d", round, b.rounds)
		if warmUp {
			what = "warm-up"
		}
		for _, c := range all {
			if c.before != nil {
				b.t.must(c.before())
			}
			first, second := measureBoth(b.t, c, round%2 == 1)
			fmt.Fprintf(os.Stderr, "%s: %s %.0f, %s %.0f\n", what, c.name, first.rate(), c.bound, second.rate())
			if !warmUp {
				c.ours, c.theirs = append(c.ours, first), append(c.theirs, second)
			}
		}
	}
	return []comparison{holds, relay, reads}
}

func measureBoth(t *testingT, c *comparison, boundFirst bool) (ours, theirs measurement) {
	var err error
	take := func(side func() (measurement, error)) measurement {
		var done measurement
		done, err = side()
		t.must(err)
		return done
	}
	if boundFirst {
		theirs = take(c.measureBound)
		return take(c.measure), theirs
	}
	ours = take(c.measure)
	return ours, take(c.measureBound)
}

// testingT is the testing.TB that package servers uses outside a test.
type testingT struct {
	testing.TB // nil: the other methods are never called
	ctx        context.Context
	cleanups   []func()
	failures   []error
}

// fatal is the panic value of Fatal.
type fatal struct{}

// runAsTest calls the function work, runs the cleanups, and returns the failures.
func runAsTest(ctx context.Context, work func(*testingT)) error {
	t := &testingT{ctx: ctx}
	t.protected(func() { work(t) })
	for len(t.cleanups) > 0 {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		t.protected(last)
	}
	return errors.Join(t.failures...)
}

func (t *testingT) protected(do func()) {
	defer func() {
		if p := recover(); p != nil && p != (fatal{}) {
			t.Error("panic:", p)
		}
	}()
	do()
}

func (t *testingT) Helper()                  {}
func (t *testingT) Context() context.Context { return t.ctx }
func (t *testingT) Cleanup(do func())        { t.cleanups = append(t.cleanups, do) }
func (t *testingT) Error(args ...any) {
	t.failures = append(t.failures, errors.New(fmt.Sprint(args...)))
}
func (t *testingT) Fatal(args ...any) { t.Error(args...); panic(fatal{}) }
func (t *testingT) Errorf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Errorf(format, args...))
}
func (t *testingT) Fatalf(format string, args ...any) { t.Errorf(format, args...); panic(fatal{}) }

func (t *testingT) must(err error) {
	if err != nil {
		t.Fatal(err)
	}
}

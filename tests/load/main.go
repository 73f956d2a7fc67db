// Command load measures the production profile on real servers against what
// bounds it: holds against pgbench, the relay against a bare publisher, cached
// reads against a bare handler. The two sides of each comparison take turns, so
// that whatever else the machine does meets both. Afterwards it looks whether
// the promises held under load. docs/performance.md says what is compared and why.
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

// leastWork is how much each side must get done in each round. Figures from
// less mean nothing.
const leastWork = 200

func main() {
	var o options
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "how often each side of each comparison has its turn")
	flags.DurationVar(&o.duration, "for", 8*time.Second, "how long a turn takes; the relay's takes what the holds left to relay")
	flags.IntVar(&o.clients, "clients", 16, "how many connections ask at once")
	bare := flags.Bool("bare", false, "be the bare handler: answer every request with what stdin has")
	_ = flags.Parse(os.Args[1:]) // it exits

	// Package servers asks whether the tests are to be short.
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
	return asTest(ctx, func(t *program) {
		b := prepare(t, o)
		comparisons := b.compare()
		report(os.Stdout, b.machine(), comparisons)
		t.must(b.promises(os.Stdout))
		t.must(enough(comparisons))
	})
}

// compare takes the rounds.
func (b *bench) compare() []comparison {
	holds := comparison{
		name: "holds over HTTP", bound: "the same statement by pgbench", unit: "holds/s", target: 0.65,
		before: b.addSeats, turn: b.holdOverHTTP, boundTurn: b.holdByPgbench,
	}
	relay := comparison{
		name: "relay, outbox to queue", bound: "bare publisher, confirmed", unit: "events/s", target: 0.85,
		before: b.readOutbox, turn: b.relayEvents, boundTurn: b.publishBare,
	}
	reads := comparison{
		name: "cached seat maps over HTTP", bound: "bare net/http, same bytes", unit: "reads/s", target: 0.65,
		turn: b.readSeatMap, boundTurn: b.readBare,
	}
	all := []*comparison{&holds, &relay, &reads}
	for round := range b.rounds + 1 {
		warmUp := round == 0
		what := fmt.Sprintf("round %d of %d", round, b.rounds)
		if warmUp {
			what = "to warm up"
		}
		for _, c := range all {
			if c.before != nil {
				b.t.must(c.before())
			}
			first, second := measure(b.t, c, round%2 == 1)
			fmt.Fprintf(os.Stderr, "%s: %s %.0f, %s %.0f\n", what, c.name, first.rate(), c.bound, second.rate())
			if !warmUp {
				c.ours, c.theirs = append(c.ours, first), append(c.theirs, second)
			}
		}
	}
	return []comparison{holds, relay, reads}
}

// measure gives both sides their turn.
func measure(t *program, c *comparison, boundFirst bool) (ours, theirs turn) {
	var err error
	take := func(side func() (turn, error)) turn {
		var done turn
		done, err = side()
		t.must(err)
		return done
	}
	if boundFirst {
		theirs = take(c.boundTurn)
		return take(c.turn), theirs
	}
	ours = take(c.turn)
	return ours, take(c.boundTurn)
}

// program stands in for a test, which is what package servers is for.
type program struct {
	testing.TB // for what is not asked of it
	ctx        context.Context
	cleanups   []func()
	failures   []error
}

// fatal is what ends a program.
type fatal struct{}

// asTest runs work, cleans up after it, and returns what went wrong.
func asTest(ctx context.Context, work func(*program)) error {
	t := &program{ctx: ctx}
	t.protected(func() { work(t) })
	for len(t.cleanups) > 0 {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		t.protected(last)
	}
	return errors.Join(t.failures...)
}

func (t *program) protected(do func()) {
	defer func() {
		if p := recover(); p != nil && p != (fatal{}) {
			t.Error("panic:", p)
		}
	}()
	do()
}

func (t *program) Helper()                  {}
func (t *program) Context() context.Context { return t.ctx }
func (t *program) Cleanup(do func())        { t.cleanups = append(t.cleanups, do) }
func (t *program) Error(args ...any) {
	t.failures = append(t.failures, errors.New(fmt.Sprint(args...)))
}
func (t *program) Fatal(args ...any) { t.Error(args...); panic(fatal{}) }
func (t *program) Errorf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Errorf(format, args...))
}
func (t *program) Fatalf(format string, args ...any) { t.Errorf(format, args...); panic(fatal{}) }

func (t *program) must(err error) {
	if err != nil {
		t.Fatal(err)
	}
}

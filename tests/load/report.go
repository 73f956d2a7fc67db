package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// turn is what one side did in one round.
type turn struct {
	count int
	took  time.Duration
}

func (t turn) rate() float64 { return float64(t.count) / t.took.Seconds() }

// comparison is of what Portico does with what bounds it.
type comparison struct {
	name, bound, unit string
	target            float64      // that the ratio is to reach
	before            func() error // a round; may be nil
	turn, boundTurn   func() (turn, error)
	ours, theirs      []turn
}

func (c comparison) ratio() float64 { return median(c.ours) / median(c.theirs) }

// median is the rate in the middle, or between the two in the middle.
func median(turns []turn) float64 {
	sorted := rates(turns)
	slices.Sort(sorted)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func rates(turns []turn) []float64 {
	all := make([]float64, len(turns))
	for i, t := range turns {
		all[i] = t.rate()
	}
	return all
}

// report prints a row for each side, in the order of the rounds.
func report(out io.Writer, machine string, comparisons []comparison) {
	fmt.Fprintf(out, "%s\n\n", machine)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tmedian\teach round\tratio\ttarget")
	for _, c := range comparisons {
		verdict := "met"
		if c.ratio() < c.target {
			verdict = "missed"
		}
		fmt.Fprintf(table, "%s\t%.0f %s\t%s\t%.2f\t%.2f %s\n", c.name, median(c.ours), c.unit, listed(c.ours), c.ratio(), c.target, verdict)
		fmt.Fprintf(table, "%s\t%.0f %s\t%s\t\t\n", c.bound, median(c.theirs), c.unit, listed(c.theirs))
	}
	_ = table.Flush() // as a print
	fmt.Fprintln(out)
}

func listed(turns []turn) string {
	var all []string
	for _, r := range rates(turns) {
		all = append(all, fmt.Sprintf("%.0f", r))
	}
	return strings.Join(all, " ")
}

// enough fails for turns that did too little for a figure.
func enough(comparisons []comparison) error {
	var problems []error
	for _, c := range comparisons {
		for side, turns := range map[string][]turn{c.name: c.ours, c.bound: c.theirs} {
			for _, t := range turns {
				if t.count < leastWork {
					problems = append(problems, fmt.Errorf("%s: only %d in a round, want at least %d", side, t.count, leastWork))
				}
			}
		}
	}
	return errors.Join(problems...)
}

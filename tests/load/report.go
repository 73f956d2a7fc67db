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

// measurement is the result of one side in one round.
type measurement struct {
	count int
	took  time.Duration
}

func (m measurement) rate() float64 { return float64(m.count) / m.took.Seconds() }

// comparison compares Portico with an upper bound.
type comparison struct {
	name, bound, unit     string
	target                float64      // for the ratio
	before                func() error // runs before each round; may be nil
	measure, measureBound func() (measurement, error)
	ours, theirs          []measurement
}

func (c comparison) ratio() float64 { return median(c.ours) / median(c.theirs) }

// median returns the middle rate, or the mean of the two middle rates.
func median(measurements []measurement) float64 {
	sorted := rates(measurements)
	slices.Sort(sorted)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func rates(measurements []measurement) []float64 {
	all := make([]float64, len(measurements))
	for i, t := range measurements {
		all[i] = t.rate()
	}
	return all
}

// report prints a row for each side, with its rates in the order of the rounds.
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
	_ = table.Flush() // errors are ignored, as for Fprintf
	fmt.Fprintln(out)
}

func listed(measurements []measurement) string {
	var all []string
	for _, r := range rates(measurements) {
		all = append(all, fmt.Sprintf("%.0f", r))
	}
	return strings.Join(all, " ")
}

// enough returns an error if a measurement has fewer than leastWork operations.
func enough(comparisons []comparison) error {
	var problems []error
	for _, c := range comparisons {
		for _, side := range []struct {
			name         string
			measurements []measurement
		}{{c.name, c.ours}, {c.bound, c.theirs}} {
			for _, m := range side.measurements {
				if m.count < leastWork {
					problems = append(problems, fmt.Errorf("%s: only %d in a round, want at least %d", side.name, m.count, leastWork))
				}
			}
		}
	}
	return errors.Join(problems...)
}

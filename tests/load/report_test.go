package main

import (
	"strings"
	"testing"
	"time"
)

func measurements(counts ...int) []measurement {
	var all []measurement
	for _, n := range counts {
		all = append(all, measurement{count: n, took: 2 * time.Second})
	}
	return all
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		measurements []measurement
		want         float64
	}{
		{measurements(600), 300},
		{measurements(900, 100, 200), 100},
		{measurements(400, 100, 900, 200), 150},
	} {
		if got := median(c.measurements); got != c.want {
			t.Errorf("median of %v is %v, want %v", rates(c.measurements), got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	var out strings.Builder
	report(&out, "a machine", []comparison{
		{name: "ours", bound: "theirs", unit: "things/s", target: 0.65, ours: measurements(700, 900, 800), theirs: measurements(1000, 1000, 1000)},
		{name: "slow", bound: "fast", unit: "things/s", target: 0.65, ours: measurements(200), theirs: measurements(1000)},
	})
	for _, want := range []string{"a machine", "350 450 400", "0.80", "0.65 met", "0.20", "0.65 missed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &out)
		}
	}
}

func TestEnough(t *testing.T) {
	if err := enough([]comparison{{name: "ours", bound: "theirs", ours: measurements(leastWork), theirs: measurements(leastWork)}}); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		side       string
		comparison comparison
	}{
		{"ours", comparison{name: "ours", bound: "theirs", ours: measurements(leastWork, leastWork-1), theirs: measurements(leastWork)}},
		{"theirs", comparison{name: "ours", bound: "theirs", ours: measurements(leastWork), theirs: measurements(0)}},
	} {
		if err := enough([]comparison{c.comparison}); err == nil || !strings.Contains(err.Error(), c.side) {
			t.Errorf("error %v, want one that names the side %s", err, c.side)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"
)

func turns(counts ...int) []turn {
	var all []turn
	for _, n := range counts {
		all = append(all, turn{count: n, took: 2 * time.Second})
	}
	return all
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		turns []turn
		want  float64
	}{
		{turns(600), 300},
		{turns(900, 100, 200), 100},
		{turns(400, 100, 900, 200), 150},
	} {
		if got := median(c.turns); got != c.want {
			t.Errorf("median of %v is %v, want %v", rates(c.turns), got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	var out strings.Builder
	report(&out, "a machine", []comparison{
		{name: "ours", bound: "theirs", unit: "things/s", target: 0.65, ours: turns(700, 900, 800), theirs: turns(1000, 1000, 1000)},
		{name: "slow", bound: "fast", unit: "things/s", target: 0.65, ours: turns(200), theirs: turns(1000)},
	})
	for _, want := range []string{"a machine", "350 450 400", "0.80", "0.65 met", "0.20", "0.65 missed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &out)
		}
	}
}

func TestEnough(t *testing.T) {
	if err := enough([]comparison{{name: "ours", bound: "theirs", ours: turns(leastWork), theirs: turns(leastWork)}}); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]comparison{
		"ours":   {name: "ours", bound: "theirs", ours: turns(leastWork, leastWork-1), theirs: turns(leastWork)},
		"theirs": {name: "ours", bound: "theirs", ours: turns(leastWork), theirs: turns(0)},
	} {
		if err := enough([]comparison{c}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s did too little, and the error is %v", name, err)
		}
	}
}

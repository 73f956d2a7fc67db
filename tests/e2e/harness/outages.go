package harness

import (
	"testing"
	"time"

	"example.com/portico/tests/integration/servers"
)

// Outage is one of the ways in which a server can be unavailable.
type Outage struct {
	Name  string
	Begin func()
	End   func()
}

// Slow is the name of the outage in which the server still answers.
const Slow = "slow"

// ProxyOutages are the outages that a proxy can cause.
func ProxyOutages(proxy *servers.Line) []Outage {
	return []Outage{
		{Slow, func() { proxy.Latency(150 * time.Millisecond) }, proxy.Restore},
		{"cut", proxy.Cut, proxy.Restore},
		{"half-open", proxy.HalfOpen, proxy.Restore},
	}
}

// ServerOutages are those of the proxy, and that the server stops.
func ServerOutages(proxy *servers.Line, own *servers.Own) []Outage {
	return append(ProxyOutages(proxy), Outage{"stopped", own.Stop, own.Start})
}

// OutageTest is what a test does in each outage, each step in its subtest.
type OutageTest struct {
	Before func(t *testing.T)
	During func(t *testing.T, outage string)
	After  func(t *testing.T)
}

// Run runs the test once for each way of making the server unavailable.
func (o OutageTest) Run(t *testing.T, outages []Outage) {
	t.Helper()
	for _, outage := range outages {
		t.Run(outage.Name, func(t *testing.T) {
			o.Before(t)
			outage.Begin()
			func() {
				defer outage.End()
				o.During(t, outage.Name)
			}()
			o.After(t)
		})
	}
}

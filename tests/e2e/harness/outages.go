package harness

import (
	"testing"
	"time"

	"example.com/portico/tests/integration/servers"
)

// Outage makes a server slow or unavailable between Begin and End.
type Outage struct {
	Name  string
	Begin func()
	End   func()
}

// Slow is the name of the outage in which the server still answers.
const Slow = "slow"

// ProxyOutages returns the outages that a proxy can cause.
func ProxyOutages(proxy *servers.Line) []Outage {
	return []Outage{
		{Slow, func() { proxy.Latency(150 * time.Millisecond) }, proxy.Restore},
		{"cut", proxy.Cut, proxy.Restore},
		{"half-open", proxy.HalfOpen, proxy.Restore},
	}
}

// ServerOutages returns ProxyOutages and an outage that stops the server.
func ServerOutages(proxy *servers.Line, own *servers.Own) []Outage {
	return append(ProxyOutages(proxy), Outage{"stopped", own.Stop, own.Start})
}

// OutageTest has the test steps before, during and after an outage.
type OutageTest struct {
	Before func(t *testing.T)
	During func(t *testing.T, outage string)
	After  func(t *testing.T)
}

// Run runs the steps in a subtest for each outage.
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

//go:build race

package harness

// buildFlags enables the race detector, because the tests were built with it.
var buildFlags = []string{"-race"}

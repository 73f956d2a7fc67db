//go:build race

package harness

// buildFlags adds the race detector, because the tests are built with it.
var buildFlags = []string{"-race"}

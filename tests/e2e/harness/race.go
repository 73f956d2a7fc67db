//go:build race

package harness

// The program is built with the race detector where the tests are.
var buildFlags = []string{"-race"}

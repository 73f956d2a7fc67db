//go:build race

package e2e

// The program is built with the race detector where the tests are.
var buildFlags = []string{"-race"}

// Package contract tests the contracts of the ports in ports/platform. Every
// adapter of a port runs the port's suite, so that one adapter can replace another.
// The suites do not depend on a domain: callers supply their own samples, or use
// the sample domain [Notes]. Package contract/boxoffice has the samples of the box
// office and the suites for its ports.
//
// Some adapters need not be durable or shared (see package platform). A durable
// adapter sets the field Reopen, and a shared adapter sets OpenAnother. The tests
// of an undeclared capability are skipped with a message.
package contract

import "testing"

// SkipUnlessDurable skips a test for adapters that declare no Reopen.
func SkipUnlessDurable(t *testing.T, declared bool) {
	t.Helper()
	if !declared {
		t.Skip("the adapter does not declare Reopen: it is not durable")
	}
}

// SkipUnlessShared skips a test for adapters that declare no OpenAnother.
func SkipUnlessShared(t *testing.T, declared bool) {
	t.Helper()
	if !declared {
		t.Skip("the adapter does not declare OpenAnother: it is not shared between processes")
	}
}

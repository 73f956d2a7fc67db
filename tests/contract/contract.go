// Package contract tests the contracts of the ports in ports/platform. The tests of every
// adapter run the suite of its port, so that one adapter can replace another. The suites
// do not depend on a domain: callers supply their own samples, or use the sample domain
// [Notes]. Package contract/boxoffice contains the samples and the port suites of the box
// office.
//
// Some adapters need not be durable or shared (see package platform). An adapter's test
// sets Reopen if the adapter is durable, and OpenAnother if it is shared. If either is
// nil, the tests that need it are skipped.
package contract

import "testing"

// SkipUnlessDurable skips the test if the adapter declares no Reopen.
func SkipUnlessDurable(t *testing.T, declared bool) {
	t.Helper()
	if !declared {
		t.Skip("the adapter does not declare Reopen: it is not durable")
	}
}

// SkipUnlessShared skips the test if the adapter declares no OpenAnother.
func SkipUnlessShared(t *testing.T, declared bool) {
	t.Helper()
	if !declared {
		t.Skip("the adapter does not declare OpenAnother: it is not shared between processes")
	}
}

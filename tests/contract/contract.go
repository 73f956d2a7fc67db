// Package contract checks in tests what the comments on the ports of
// ports/platform promise. Every adapter of a port runs the port's suite, so that
// one adapter can take another's place. The suites know no domain: the caller
// supplies samples of its own, and [Notes] is a sample domain for those who have
// none. Package contract/boxoffice has the box office's samples and the suites of
// its own ports.
//
// Some promises are not for every adapter (see package platform: durable,
// shared). An adapter declares that it keeps them with a field of what it hands
// to the suite: Reopen, OpenAnother. The tests of a capability that is not
// declared are skipped, and say so.
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

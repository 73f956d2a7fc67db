// Package platform defines the interfaces that a service in any domain needs:
// transactions, events, locks, tokens, rate limits, files and the time. The comment on an
// interface is its contract, which the suites in tests/contract check.
//
// The contracts use two terms, durable and shared.
//
// A durable adapter keeps stored data when its process ends or crashes. Several processes
// can use a shared adapter concurrently, and each immediately sees what the others have
// stored.
//
// Adapters of the embedded profile, which runs in one process, need not be shared.
// Adapters for tests need neither property. The test of an adapter passes Reopen to the
// suite if the adapter is durable, and OpenAnother if it is shared.
package platform

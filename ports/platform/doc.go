// Package platform defines what any service needs from the outside, whatever its
// domain: transactions, events, locks, tokens, rate limits, files and the time. The
// comment on an interface is its contract, which tests/contract checks on every
// adapter.
//
// Two words say what an adapter must keep beyond one process:
//
//   - Durable: what was stored survives the end of the process, however it ended.
//   - Shared: several processes may use it at the same time, and each sees at once
//     what another has stored.
//
// The adapters of the embedded profile, which is one process, need not be shared.
// Adapters for tests need be neither. An adapter declares to its suite that it is
// durable with Reopen, and that it is shared with OpenAnother.
package platform

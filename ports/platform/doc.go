// Package platform holds what any service needs from the outside, whatever its
// domain: transactions, events, locks, tokens, rate limits, files and the time.
// The comment on an interface is its contract; tests/contract checks it on every
// adapter.
//
// Two words on a port say what an adapter must keep beyond one process:
//
//   - Durable: what a method has stored is still there after the process has
//     ended, however it ended, and another has started. Where a port says so,
//     an adapter that is not durable is for tests only.
//   - Shared: several processes may use it at the same time, and each sees at
//     once what another has stored. A profile of one process may use adapters
//     that are not shared; a profile of several may not.
//
// A port with neither word stores nothing of its own. An adapter declares to its
// suite that it is durable with Reopen, and that it is shared with OpenAnother.
package platform

// Package platform holds what any service needs from the outside, whatever its
// domain: transactions, events, locks, tokens, rate limits, files and the time.
// The comment on an interface is its contract; tests/contract checks it on every
// adapter.
package platform

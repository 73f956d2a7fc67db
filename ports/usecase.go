// Package ports holds what both sides of the hexagon share: the shape of a use
// case, errors, ids, and the correlation id of a request. What the outside may
// ask for is in ports/inbound; what the application needs is in ports/outbound,
// and what any service needs in ports/platform.
package ports

import "context"

// UseCase is one thing that the application does for a command or query C,
// with a result R.
type UseCase[C, R any] interface {
	Handle(ctx context.Context, command C) (R, error)
}

// Page is a part of a list. Next is what to give as After for the page that
// follows, empty on the last.
type Page[T any] struct {
	Items []T
	Next  string
}

// MaxPage is how many items a page has at most.
const MaxPage = 100

// Done is the result of what has nothing to tell.
type None struct{}

// BatchResult is what a job found: how many things it has dealt with, and how many it
// had to leave for the next time. The error that may come with it tells of
// those left.
type BatchResult struct {
	Processed int
	Deferred  int
}

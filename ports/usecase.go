// Package ports holds what both sides of the hexagon share: the interface of use
// cases, errors, ids and the correlation id. The use cases are in ports/inbound,
// the interfaces that the application needs in ports/outbound, and those that any
// service needs in ports/platform.
package ports

import "context"

// UseCase handles a command or query C and returns a result R.
type UseCase[C, R any] interface {
	Handle(ctx context.Context, command C) (R, error)
}

// MaxPage is the maximum number of items of a [Page].
const MaxPage = 100

// Page is a part of a list. Next is the cursor of the next page; it is empty on the
// last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// None is the result of use cases that return nothing.
type None struct{}

// BatchResult is the result of a job: how many items it processed, and how many it
// deferred to its next run. An error returned with it explains deferred items or an
// early end.
type BatchResult struct {
	Processed int
	Deferred  int
}

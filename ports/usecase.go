// Package ports defines what inbound and outbound ports share: the interface of use
// cases, errors, ids and the correlation id. Package inbound defines the use cases.
// Package outbound defines the interfaces that the application needs. Package platform
// defines the interfaces that any service needs.
package ports

import "context"

// UseCase handles a command or query C and returns a result R.
type UseCase[C, R any] interface {
	Handle(ctx context.Context, command C) (R, error)
}

// MaxPage is the maximum number of items in a [Page].
const MaxPage = 100

// Page is a part of a list. Next is the cursor of the next page; it is empty on the last
// page.
type Page[T any] struct {
	Items []T
	Next  string
}

// None is the result of use cases that return nothing.
type None struct{}

// BatchResult is the result of a job: how many items it processed, and how many it
// deferred to its next run. An error returned with the result explains why items were
// deferred or why the job ended early.
type BatchResult struct {
	Processed int
	Deferred  int
}

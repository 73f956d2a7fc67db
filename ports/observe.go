package ports

import (
	"context"
	"fmt"
	"strings"
)

// Observer observes each run of a use case.
type Observer interface {
	// Begin is called before each run, with the name of the use case, such as
	// "HoldSeats". The use case runs with the returned context. The returned function is
	// called after the run.
	Begin(ctx context.Context, useCase string) (_ context.Context, end func(result any, err error))
}

// Observe wraps uc so that o observes each run. The name passed to Begin is that of the
// command type. If o is nil, Observe returns uc.
func Observe[C, R any](o Observer, uc UseCase[C, R]) UseCase[C, R] {
	if o == nil {
		return uc
	}
	_, name, _ := strings.Cut(fmt.Sprintf("%T", *new(C)), ".")
	return &observed[C, R]{observer: o, name: name, next: uc}
}

type observed[C, R any] struct {
	observer Observer
	name     string
	next     UseCase[C, R]
}

func (o *observed[C, R]) Handle(ctx context.Context, command C) (R, error) {
	ctx, end := o.observer.Begin(ctx, o.name)
	result, err := o.next.Handle(ctx, command)
	end(result, err)
	return result, err
}

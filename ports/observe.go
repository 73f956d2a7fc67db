package ports

import (
	"context"
	"fmt"
	"strings"
)

// Observer sees the runs of use cases.
type Observer interface {
	// Begin is called before a run, with the name of the use case, such as
	// "HoldSeats". The run has the context that it returns, and ends with a call
	// of end.
	Begin(ctx context.Context, useCase string) (_ context.Context, end func(result any, err error))
}

// Observe returns the same use case with o around it. It is named after its
// command. Nil stays nil.
func Observe[C, R any](o Observer, uc UseCase[C, R]) UseCase[C, R] {
	if uc == nil {
		return nil
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

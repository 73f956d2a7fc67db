package application_test

import (
	"context"
	"reflect"
	"testing"

	"example.com/portico/ports/inbound"
)

// uninterested is a ports.Observer that observes nothing.
type uninterested struct{}

func (uninterested) Begin(ctx context.Context, _ string) (context.Context, func(any, error)) {
	return ctx, func(any, error) {}
}

func TestNoUseCaseIsMissing(t *testing.T) {
	made := newHarness(t).UseCases
	for _, c := range []struct {
		name     string
		useCases inbound.UseCases
	}{
		{"New makes every use case", made},
		{"Observed keeps every use case", made.Observed(uninterested{})},
	} {
		t.Run(c.name, func(t *testing.T) {
			for field, useCase := range reflect.ValueOf(c.useCases).Fields() {
				if useCase.IsNil() {
					t.Errorf("%s is nil", field.Name)
				}
			}
		})
	}
}

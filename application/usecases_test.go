package application_test

import (
	"reflect"
	"testing"
)

func TestNoUseCaseIsMissing(t *testing.T) {
	for field, useCase := range reflect.ValueOf(newHarness(t).UseCases).Fields() {
		if useCase.IsNil() {
			t.Errorf("New makes no %s", field.Name)
		}
	}
}

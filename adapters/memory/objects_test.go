package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/tests/contract"
)

func TestObjects(t *testing.T) {
	contract.RunObjects(t, func(*testing.T) contract.Objects { return contract.Objects{Objects: memory.NewObjects()} })
}

package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
)

func TestObjects(t *testing.T) {
	contract.RunObjects(t, func(*testing.T) outbound.Objects { return memory.NewObjects() })
}

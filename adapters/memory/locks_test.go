package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

func TestLocks(t *testing.T) {
	contract.RunLocks(t, func(*testing.T) contract.Processes {
		one := memory.NewLocker()
		return contract.Processes{one, one}
	})
}

var _ platform.Locker = (*memory.Locker)(nil)

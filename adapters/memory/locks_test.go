package memory_test

import (
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

func TestLocks(t *testing.T) {
	contract.RunLocker(t, func(*testing.T) contract.Lockers {
		one := memory.NewLocker()
		return contract.Lockers{one, one}
	})
}

var _ platform.Locker = (*memory.Locker)(nil)

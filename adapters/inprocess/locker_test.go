package inprocess_test

import (
	"testing"

	"example.com/portico/adapters/inprocess"
	"example.com/portico/tests/contract"
)

func TestLocker(t *testing.T) {
	contract.RunLocks(t, func(*testing.T) contract.Processes {
		one := inprocess.NewLocker()
		return contract.Processes{one, one}
	})
}

package inprocess_test

import (
	"testing"

	"example.com/portico/adapters/inprocess"
	"example.com/portico/tests/contract"
)

func TestLocker(t *testing.T) {
	contract.RunLocker(t, func(*testing.T) contract.Lockers {
		one := &inprocess.Locker{}
		return contract.Lockers{one, one}
	})
}

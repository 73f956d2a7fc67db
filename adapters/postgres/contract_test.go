package postgres_test

import (
	"testing"

	"example.com/portico/tests/contract"
)

func TestStoresKeepTheContract(t *testing.T) {
	t.Parallel()
	contract.RunStores(t, func(t *testing.T) contract.Stores {
		t.Helper()
		db := newDB(t)
		return contract.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps()}
	})
}

package sqlitestores_test

import (
	"testing"

	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/tests/contract"
)

func TestStoresKeepTheContract(t *testing.T) {
	t.Parallel()
	contract.RunStores(t, func(t *testing.T) contract.Stores {
		t.Helper()
		db := newDB(t)
		return contract.Stores{
			Stores: sqlitestores.New(db), UnitOfWork: sqlitestores.UnitOfWork(db), Outbox: db.Outbox(), SeatMaps: sqlitestores.SeatMaps(db),
		}
	})
}

package pgstores_test

import (
	"testing"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/tests/contract"
)

func TestStoresKeepTheContract(t *testing.T) {
	t.Parallel()
	contract.RunStores(t, func(t *testing.T) contract.Stores {
		t.Helper()
		db := newDB(t)
		return contract.Stores{
			Stores: pgstores.New(db), UnitOfWork: pgstores.UnitOfWork(db), Outbox: db.Outbox(), SeatMaps: pgstores.SeatMaps(db),
		}
	})
}

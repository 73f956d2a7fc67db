package memstores_test

import (
	"strconv"
	"testing"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/tests/contract"
)

func TestStoresKeepTheContract(t *testing.T) {
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			contract.RunStores(t, func(*testing.T) contract.Stores {
				db := memstores.NewDB()
				return contract.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps()}
			})
		})
	}
}

package memstores_test

import (
	"strconv"
	"testing"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/tests/contract/boxoffice"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			boxoffice.RunStores(t, func(*testing.T) boxoffice.Stores {
				db := memstores.NewDB()
				return boxoffice.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps()}
			})
		})
	}
}

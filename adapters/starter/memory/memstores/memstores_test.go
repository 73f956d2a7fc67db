package memstores_test

import (
	"testing"

	"example.com/portico/adapters/starter/memory/memstores"
	"example.com/portico/tests/contract/starter/invitations"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	invitations.RunStores(t, func(*testing.T) invitations.Stores {
		db := memstores.NewDB()
		return invitations.Stores{Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox()}
	})
}

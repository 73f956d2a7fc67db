package pgstores_test

import (
	"testing"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

func TestStoresSatisfyTheContract(t *testing.T) {
	t.Parallel()
	boxoffice.RunStores(t, func(t *testing.T) boxoffice.Stores {
		t.Helper()
		address := pgtest.WithLongLimits(pgtest.AsService(t, pgtest.NewURL(t)))
		return contractStores(openDB(t, address), address)
	})
}

// contractStores sets Reopen and OpenAnother, because the database is durable and shared.
func contractStores(db *postgres.DB, address string) boxoffice.Stores {
	openAnother := func(t *testing.T) boxoffice.Stores {
		t.Helper()
		return contractStores(openDB(t, address), address)
	}
	return boxoffice.Stores{
		Stores: pgstores.New(db), UnitOfWork: pgstores.UnitOfWork(db), Outbox: db.Outbox(), SeatMaps: pgstores.SeatMaps(db),
		Reopen: func(t *testing.T) boxoffice.Stores {
			t.Helper()
			testkit.Must(t, db.Close())
			return openAnother(t)
		},
		OpenAnother: openAnother,
	}
}

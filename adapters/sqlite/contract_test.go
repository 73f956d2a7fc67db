package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/contract/boxoffice"
)

func TestStoresKeepTheContract(t *testing.T) {
	t.Parallel()
	boxoffice.RunStores(t, func(t *testing.T) boxoffice.Stores {
		t.Helper()
		path := filepath.Join(t.TempDir(), "portico.db")
		return contractStores(newDBAt(t, path), path)
	})
}

// contractStores declares that a database is durable. It is not shared: one
// process at a time has the file.
func contractStores(db *sqlite.DB, path string) boxoffice.Stores {
	return boxoffice.Stores{
		Stores: db.Stores(), UnitOfWork: db, Outbox: db.Outbox(), SeatMaps: db.SeatMaps(),
		Reopen: func(t *testing.T) boxoffice.Stores {
			t.Helper()
			must(t, db.Close())
			return contractStores(openDB(t, path), path)
		},
	}
}

func TestBrokerKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract.RunBroker(t, boxoffice.Events{}, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
		t.Helper()
		// Long enough to stand out from what the disk takes.
		policy := platform.RetryPolicy{Attempts: attempts, FirstDelay: 25 * time.Millisecond, MaxDelay: 200 * time.Millisecond}
		path := filepath.Join(t.TempDir(), "portico.db")
		return contractBroker(newDBAt(t, path), path, subscriptions, policy)
	})
}

// contractBroker declares that a broker is durable.
func contractBroker(db *sqlite.DB, path string, subscriptions []platform.Subscription, policy platform.RetryPolicy) contract.Broker {
	b := sqlite.NewBroker(db, subscriptions, policy, func(context.Context, error) {})
	return contract.Broker{
		Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay,
		Reopen: func(t *testing.T) contract.Broker {
			t.Helper()
			must(t, db.Close())
			return contractBroker(openDB(t, path), path, subscriptions, policy)
		},
	}
}

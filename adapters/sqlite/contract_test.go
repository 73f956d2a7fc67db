package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

func TestBrokerSatisfiesTheContract(t *testing.T) {
	t.Parallel()
	contract.RunBroker(t, contract.Notes{}, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
		t.Helper()
		// These delays are longer than a write to disk.
		policy := platform.RetryPolicy{Attempts: attempts, FirstDelay: 25 * time.Millisecond, MaxDelay: 200 * time.Millisecond}
		path := filepath.Join(t.TempDir(), "portico.db")
		return contractBroker(newDBAt(t, path), path, subscriptions, policy)
	})
}

func contractBroker(db *sqlite.DB, path string, subscriptions []platform.Subscription, policy platform.RetryPolicy) contract.Broker {
	b := sqlite.NewBroker(db, subscriptions, policy, func(context.Context, error) {})
	return contract.Broker{
		Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay,
		Reopen: func(t *testing.T) contract.Broker {
			t.Helper()
			testkit.Must(t, db.Close())
			return contractBroker(openDB(t, path), path, subscriptions, policy)
		},
	}
}

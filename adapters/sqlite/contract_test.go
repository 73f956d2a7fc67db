package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

func TestBrokerKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract.RunBroker(t, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
		t.Helper()
		// Longer than the disk takes.
		policy := platform.RetryPolicy{Attempts: attempts, FirstDelay: 25 * time.Millisecond, MaxDelay: 200 * time.Millisecond}
		path := filepath.Join(t.TempDir(), "portico.db")
		var onFile func(db *sqlite.DB) contract.Broker
		onFile = func(db *sqlite.DB) contract.Broker {
			b := sqlite.NewBroker(db, subscriptions, policy, func(context.Context, error) {})
			return contract.Broker{
				Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay,
				Restart: func(t *testing.T) contract.Broker {
					t.Helper()
					return onFile(openDB(t, path, boxofficeevents.Codec()))
				},
			}
		}
		return onFile(newDBAt(t, path, boxofficeevents.Codec()))
	})
}

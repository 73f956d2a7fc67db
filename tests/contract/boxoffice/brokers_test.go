package boxoffice_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// The brokers' own tests run the suite with the events of contract.Notes, and cover
// Reopen and OpenAnother. The tests in this file run the suite with the events of the box
// office.

func TestSQLiteDeliversBoxOfficeEvents(t *testing.T) {
	t.Parallel()
	contract.RunBroker(t, boxoffice.Events{}, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
		t.Helper()
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "portico.db"), boxofficeevents.Codec())
		testkit.Must(t, err)
		t.Cleanup(func() { testkit.Must(t, db.Close()) })
		_, err = db.MigrateUp(t.Context())
		testkit.Must(t, err)
		policy := retryPolicy(attempts)
		b := sqlite.NewBroker(db, subscriptions, policy, ignoreErrors)
		return contract.Broker{Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay}
	})
}

func TestRabbitMQDeliversBoxOfficeEvents(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t)
	var services atomic.Int64
	contract.RunBroker(t, boxoffice.Events{}, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
		t.Helper()
		policy := retryPolicy(attempts)
		b, err := rabbitmq.New(url, fmt.Sprint("service-", services.Add(1)), boxofficeevents.Codec(), subscriptions, policy, ignoreErrors)
		testkit.Must(t, err)
		t.Cleanup(func() { b.Close() })
		testkit.Must(t, b.Declare(t.Context()))
		return contract.Broker{Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay}
	})
}

func retryPolicy(attempts int) platform.RetryPolicy {
	return platform.RetryPolicy{Attempts: attempts, FirstDelay: 25 * time.Millisecond, MaxDelay: 200 * time.Millisecond}
}

func ignoreErrors(context.Context, error) {}

package memory_test

import (
	"strconv"
	"testing"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/contract/boxoffice"
)

func TestBroker(t *testing.T) {
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			contract.RunBroker(t, boxoffice.Events{}, func(_ *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
				policy := platform.RetryPolicy{Attempts: attempts, FirstDelay: 2 * time.Millisecond, MaxDelay: 20 * time.Millisecond}
				b := memory.NewBroker(subscriptions, policy)
				return contract.Broker{Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay}
			})
		})
	}
}

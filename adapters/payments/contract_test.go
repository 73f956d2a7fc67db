package payments_test

import (
	"testing"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract/boxoffice"
)

func TestClientSatisfiesTheContract(t *testing.T) {
	t.Parallel()
	boxoffice.RunPaymentGateway(t, func(t *testing.T) outbound.PaymentGateway {
		t.Helper()
		simulator, _ := openSimulator(t)
		return newClient(t, serve(t, simulator), payments.Config{
			AttemptTimeout: 10 * time.Second, // tok_slow takes two
			CallTimeout:    20 * time.Second,
			FirstBackOff:   time.Millisecond,
		})
	})
}

package outbound

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
)

// PaymentGateway charges and refunds customers. All methods are idempotent.
// ErrUnavailable means that it is unknown whether the gateway has acted.
type PaymentGateway interface {
	// Charge charges the amount, once per key. A decline is an outcome, not an error.
	// Errors: ErrUnavailable.
	Charge(ctx context.Context, r ChargeRequest) (ChargeOutcome, error)
	// Refund refunds a charge in full, at most once. Errors: ErrUnavailable; ErrNotFound
	// if there is no successful charge with that key.
	Refund(ctx context.Context, key booking.ChargeKey) error
	// Lookup returns the outcome of a charge attempt. Errors: ErrUnavailable; ErrNotFound
	// if the gateway does not know the attempt.
	Lookup(ctx context.Context, key booking.ChargeKey) (ChargeOutcome, error)
}

// ChargeRequest is the argument of [PaymentGateway.Charge].
type ChargeRequest struct {
	Key     booking.ChargeKey
	Booking booking.ID
	Amount  money.Money
	Token   string // identifies the payment method at the gateway
}

// ChargeStatus is Charged, Declined or Refunded.
type ChargeStatus struct{ name string }

// An attempt is charged or declined. A charged attempt can be refunded.
var (
	Charged  = ChargeStatus{"charged"}
	Declined = ChargeStatus{"declined"}
	Refunded = ChargeStatus{"refunded"}
)

func (s ChargeStatus) String() string { return s.name }

// ChargeOutcome is the outcome of one charge attempt.
type ChargeOutcome struct {
	Charge booking.Charge
	Status ChargeStatus
	Reason string // of a decline
}

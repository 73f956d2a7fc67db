package outbound

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
)

// PaymentGateway takes money and gives it back. All its methods can be repeated
// without harm. ErrUnavailable means that it is not known whether the gateway
// has acted.
type PaymentGateway interface {
	// Charge takes the amount once, however often it is asked with the same
	// key. A decline is an outcome, no error. Errors: ErrUnavailable.
	Charge(ctx context.Context, r ChargeRequest) (ChargeOutcome, error)
	// Refund pays a charge back whole, once, however often it is asked.
	// Errors: ErrNotFound when no money was taken under that key;
	// ErrUnavailable.
	Refund(ctx context.Context, key booking.ChargeKey) error
	// Lookup returns what became of each attempt to charge for a booking that
	// the gateway knows of, oldest first. Errors: ErrUnavailable.
	Lookup(ctx context.Context, id booking.ID) ([]ChargeOutcome, error)
}

// ChargeRequest asks for money.
type ChargeRequest struct {
	Key     booking.ChargeKey
	Booking booking.ID
	Amount  money.Money
	// Token is the gateway's name for the customer's means of payment.
	Token string
}

// ChargeStatus is one of Charged, Declined and PaidBack.
type ChargeStatus struct{ name string }

// What became of an attempt to charge.
var (
	Charged  = ChargeStatus{"charged"}
	Declined = ChargeStatus{"declined"}
	Refunded = ChargeStatus{"refunded"}
)

func (s ChargeStatus) String() string { return s.name }

// ChargeOutcome is what became of one attempt to charge.
type ChargeOutcome struct {
	Charge booking.Charge
	Status ChargeStatus
	// Reason says why it was declined; empty otherwise.
	Reason string
}

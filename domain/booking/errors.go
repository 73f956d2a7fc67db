package booking

import (
	"errors"
	"fmt"

	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Refusals. A refused operation changes nothing.
var (
	// ErrTooManyAttempts limits how many means of payment a customer can try, such as
	// stolen cards.
	ErrTooManyAttempts = errors.New("booking: all attempts to pay have been declined")

	ErrHoldExpired  = errors.New("booking: the hold has expired")
	ErrNotPaying    = errors.New("booking: this payment is not in progress")
	ErrNotOverdue   = errors.New("booking: the outcome of this payment is not overdue")
	ErrNotCharged   = errors.New("booking: this payment was not charged")
	ErrNotLapsed    = errors.New("booking: the hold has not lapsed")
	ErrNotConfirmed = errors.New("booking: not confirmed")
	ErrNoRefundDue  = errors.New("booking: no refund is due")
)

// NotPayableError is returned when a payment is requested for a booking that is not held.
type NotPayableError struct{ Status Status }

func (e *NotPayableError) Error() string {
	return fmt.Sprintf("booking: status is %s; only a held booking can be paid for", e.Status)
}

// NotCancellableError is returned when a booking cannot be cancelled now.
type NotCancellableError struct {
	Status Status
	Reason string
}

func (e *NotCancellableError) Error() string {
	return fmt.Sprintf("booking: status is %s; it cannot be cancelled: %s", e.Status, e.Reason)
}

// WrongChargeError is returned when a charge has a different key or amount than the
// booking requested.
type WrongChargeError struct {
	Got        Charge
	WantKey    ChargeKey
	WantAmount money.Money
}

func (e *WrongChargeError) Error() string {
	return fmt.Sprintf("booking: got charge %s of %s, want %s of %s", e.Got.Key, e.Got.Amount, e.WantKey, e.WantAmount)
}

// SeatsTakenError lists the requested seats that other live bookings claim.
type SeatsTakenError struct{ Labels []show.Label }

func (e *SeatsTakenError) Error() string { return fmt.Sprintf("seats taken: %v", e.Labels) }

package booking

import (
	"errors"
	"fmt"

	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// What a booking refuses. None of them changes anything.
var (
	ErrHoldExpired  = errors.New("booking: the hold has expired")
	ErrNotPaying    = errors.New("booking: this payment is not under way")
	ErrNotLapsed    = errors.New("booking: no hold that has lapsed")
	ErrNotConfirmed = errors.New("booking: not confirmed")
	ErrNoRefundDue  = errors.New("booking: no refund is due")
)

// NotPayableError is returned when a payment is asked for and the booking is not held.
type NotPayableError struct{ Status Status }

func (e *NotPayableError) Error() string {
	return fmt.Sprintf("booking: it is %s, and only a held one can be paid for", e.Status)
}

// NotCancellableError is returned when a booking cannot be given up now.
type NotCancellableError struct {
	Status Status
	Reason string
}

func (e *NotCancellableError) Error() string {
	return fmt.Sprintf("booking: it is %s and cannot be cancelled: %s", e.Status, e.Reason)
}

// WrongChargeError is returned when money was taken under another key or of another
// amount than the booking asked for.
type WrongChargeError struct {
	Got        Charge
	WantKey    ChargeKey
	WantAmount money.Money
}

func (e *WrongChargeError) Error() string {
	return fmt.Sprintf("booking: charge %s of %s where %s of %s was asked for", e.Got.Key, e.Got.Amount, e.WantKey, e.WantAmount)
}

// SeatsTakenError says which of the wanted seats are claimed by other live bookings.
type SeatsTakenError struct{ Labels []show.Label }

func (e *SeatsTakenError) Error() string { return fmt.Sprintf("seats taken: %v", e.Labels) }

package booking

import "fmt"

// Status is StatusHeld, StatusPaying, StatusConfirmed, StatusExpired or StatusCancelled.
type Status struct{ name string }

// A booking goes from held to paying, expired or cancelled; from paying to confirmed,
// held or expired; and from confirmed to cancelled.
var (
	StatusHeld      = Status{"held"}
	StatusPaying    = Status{"paying"}
	StatusConfirmed = Status{"confirmed"}
	StatusExpired   = Status{"expired"}
	StatusCancelled = Status{"cancelled"}
)

// ParseStatus returns the status whose String method returns name.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusHeld, StatusPaying, StatusConfirmed, StatusExpired, StatusCancelled} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("booking: unknown status %q", name)
}

// Live reports whether a booking with this status claims its seats.
func (s Status) Live() bool { return s == StatusHeld || s == StatusPaying || s == StatusConfirmed }

// Unpaid reports whether a booking with this status claims seats that are not paid for.
func (s Status) Unpaid() bool { return s == StatusHeld || s == StatusPaying }

func (s Status) String() string { return s.name }

// RefundStatus is RefundNone, RefundDue or RefundPaid.
type RefundStatus struct{ name string }

// The statuses of a refund. RefundNone is the zero value.
var (
	RefundNone = RefundStatus{}
	RefundDue  = RefundStatus{"due"}
	RefundPaid = RefundStatus{"refunded"}
)

// ParseRefundStatus returns the status whose String method returns name.
func ParseRefundStatus(name string) (RefundStatus, error) {
	for _, r := range []RefundStatus{RefundNone, RefundDue, RefundPaid} {
		if r.String() == name {
			return r, nil
		}
	}
	return RefundStatus{}, fmt.Errorf("booking: unknown refund %q", name)
}

func (r RefundStatus) String() string {
	if r == RefundNone {
		return "none"
	}
	return r.name
}

package booking

import "fmt"

// Status is one of Held, Paying, Confirmed, Expired and Cancelled.
type Status struct{ name string }

// A booking goes from Held to Paying, and from there to Confirmed or back; from
// Held to Expired; and from Held or Confirmed to Cancelled.
var (
	StatusHeld      = Status{"held"}
	StatusPaying    = Status{"paying"}
	StatusConfirmed = Status{"confirmed"}
	StatusExpired   = Status{"expired"}
	StatusCancelled = Status{"cancelled"}
)

// ParseStatus takes the names that String gives.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusHeld, StatusPaying, StatusConfirmed, StatusExpired, StatusCancelled} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("booking: unknown status %q", name)
}

// Live tells whether a booking in this status claims its seats.
func (s Status) Live() bool { return s == StatusHeld || s == StatusPaying || s == StatusConfirmed }

func (s Status) String() string { return s.name }

// Refund is one of NoRefund, RefundDue and Refunded.
type RefundStatus struct{ name string }

// What became of the charge of a cancelled booking. The zero value is NoRefund.
var (
	RefundNone = RefundStatus{}
	RefundDue  = RefundStatus{"due"}
	RefundPaid = RefundStatus{"refunded"}
)

// ParseRefund takes the names that String gives.
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

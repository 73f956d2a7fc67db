package booking

import "fmt"

// Status is one of the statuses below.
type Status struct{ name string }

// A booking goes from held to paying, and from there to confirmed or back to held;
// from held to expired; and from held or confirmed to cancelled.
var (
	StatusHeld      = Status{"held"}
	StatusPaying    = Status{"paying"}
	StatusConfirmed = Status{"confirmed"}
	StatusExpired   = Status{"expired"}
	StatusCancelled = Status{"cancelled"}
)

// ParseStatus returns the status with the name that String returns.
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

func (s Status) String() string { return s.name }

// RefundStatus is RefundNone, RefundDue or RefundPaid.
type RefundStatus struct{ name string }

// The refund of a cancelled booking. The zero value is RefundNone.
var (
	RefundNone = RefundStatus{}
	RefundDue  = RefundStatus{"due"}
	RefundPaid = RefundStatus{"refunded"}
)

// ParseRefundStatus returns the status with the name that String returns.
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
